// Looks how far the computation is every two seconds and puts it on the page; the link does the same without this script.
const place = document.getElementById("standing");

async function look() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.getElementById("standing");
    if (!fresh) return location.reload();
    if (fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
  } catch {
    // The line is down: try again next time.
  }
  setTimeout(look, 2000);
}

setTimeout(look, 1000);
