// Says at once, while the form for one session is being filled in, whether it may be so. The button does the same.
const form = document.getElementById("week-form");
const verdict = document.getElementById("verdict");
let asked = 0;

function tell(answer) {
  const box = document.createElement(answer.ok ? "p" : "section");
  box.className = answer.ok ? "notice good" : "notice";
  if (answer.ok) {
    box.textContent = `可以。${answer.said}还没有写进去。`;
  } else {
    const list = document.createElement("ul");
    for (const reason of answer.reasons) {
      const item = document.createElement("li");
      item.textContent = reason;
      list.append(item);
    }
    box.append("不能这样改：", list);
  }
  verdict.replaceChildren(box);
}

form.addEventListener("change", async () => {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(form));
  body.set("try", "1");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (mine === asked && answer.ok && answer.headers.get("Content-Type").startsWith("application/json")) {
      tell(await answer.json());
    }
  } catch {
    // The line is down: the button still asks.
  }
});
