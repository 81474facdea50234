// The review queue by keyboard. The next crops are on the page before they are needed; decisions go to the server one
// after the other in the background and are kept in this browser until it has them. Without this script the forms on
// the page do the same, one page a decision.
const stage = document.getElementById("review");

if (stage) {
  const { take, decide, undo, store: keep } = stage.dataset;
  const crops = document.getElementById("crops");
  const left = document.getElementById("left");
  const decided = document.getElementById("decided");
  const said = document.getElementById("said");
  const undoForm = document.getElementById("undo");
  const token = stage.querySelector("[name=csrfmiddlewaretoken]").value;
  const offline = document.getElementById("offline");
  const AHEAD = 10; // fewer crops than this on the page: fetch more

  const outbox = JSON.parse(localStorage.getItem(keep) || "[]"); // [{mark, marked: "yes" | "no"} or {mark, undo: true}]
  const past = []; // crops decided on this page, the last one at the end
  let line = Promise.resolve(); // one request after the other
  let sending = null, filling = false, empty = false, waits = 1, known = Number(left.textContent);

  const current = () => crops.firstElementChild;
  const unsent = () => outbox.filter((one) => !one.undo).length - outbox.filter((one) => one.undo).length;

  function show() {
    if (current()) current().hidden = false;
    left.textContent = Math.max(0, known - unsent());
    undoForm.hidden = !past.length;
    stage.querySelectorAll("form button").forEach((button) => { button.disabled = !current(); });
    if (crops.childElementCount < AHEAD) fill();
    if (!current() && empty && !outbox.length) location.reload();
  }

  function tell(text, kind = "warning") {
    said.hidden = !text;
    said.replaceChildren();
    if (!text) return;
    const line = document.createElement("li");
    line.className = kind;
    line.textContent = text;
    said.append(line);
  }

  function keepOutbox() {
    localStorage.setItem(keep, JSON.stringify(outbox));
  }

  function post(url, fields) {
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
    const answer = line.then(() => fetch(url, { method: "POST", body }));
    line = answer.catch(() => {});
    return answer.then((one) => {
      if (one.redirected) throw new Error("logged out");
      return one;
    });
  }

  async function fill() {
    if (filling || empty) return;
    filling = true;
    const here = [...crops.children].map((crop) => crop.dataset.mark);
    const without = [...here, ...outbox.filter((one) => !one.undo).map((one) => one.mark)].join();
    try {
      const answer = await post(take, { without });
      if (!answer.ok) throw new Error(`answer ${answer.status}`);
      const found = document.createElement("template");
      found.innerHTML = await answer.text();
      const there = new Set([...crops.children, ...past].map((crop) => crop.dataset.mark));
      empty = !found.content.childElementCount;
      const fresh = [...found.content.children].filter((crop) => !there.has(crop.dataset.mark));
      crops.append(...fresh);
      filling = false;
      if (fresh.length || empty) show();
      else setTimeout(show, 3000);
    } catch {
      filling = false;
      setTimeout(show, 3000);
    }
  }

  async function send() {
    if (sending || !outbox.length) return;
    sending = outbox[0];
    try {
      const { mark, marked } = sending;
      const answer = sending.undo
        ? await post(undo, { mark, fetch: 1 })
        : await post(decide.replace("/0/", `/${mark}/`), { marked, fetch: 1 });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const reply = page.querySelector("[data-left]");
      if (answer.status !== 404 && !reply) throw new Error(`answer ${answer.status}`);
      if (reply) known = Number(reply.dataset.left);
      tell(reply && reply.textContent.trim());
      outbox.shift();
      keepOutbox();
      waits = 1;
      sending = null;
      show();
      send();
    } catch {
      sending = null;
      tell(offline.textContent.trim().replace("0", outbox.length), "error");
      setTimeout(send, 1000 * waits);
      waits = Math.min(30, waits * 2);
    }
  }

  function judge(marked) {
    const crop = current();
    if (!crop) return;
    crop.remove();
    past.push(crop);
    outbox.push({ mark: crop.dataset.mark, marked });
    keepOutbox();
    decided.textContent = Number(decided.textContent) + 1;
    show();
    send();
  }

  function takeBack() {
    const crop = past.pop();
    if (!crop) return;
    if (current()) current().hidden = true;
    crops.prepend(crop);
    const at = outbox.findIndex((one) => one.mark === crop.dataset.mark && one !== sending && !one.undo);
    if (at >= 0) outbox.splice(at, 1);
    else outbox.push({ mark: crop.dataset.mark, undo: true });
    keepOutbox();
    decided.textContent = Number(decided.textContent) - 1;
    show();
    send();
  }

  const KEYS = {
    j: () => judge("yes"), 1: () => judge("yes"), arrowleft: () => judge("yes"),
    k: () => judge("no"), 0: () => judge("no"), arrowright: () => judge("no"),
    u: takeBack, backspace: takeBack,
  };

  stage.addEventListener("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat) act();
  });
  stage.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    judge(event.submitter.value);
  });
  undoForm.addEventListener("submit", (event) => {
    if (!past.length) return; // decided before this page was opened: the form itself takes it back
    event.preventDefault();
    takeBack();
    stage.focus();
  });
  addEventListener("online", send);
  document.querySelectorAll(".survey-key").forEach((key) => { key.hidden = false; });
  stage.focus();
  show();
  send();
}
