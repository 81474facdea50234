// The public form beyond what a page can do alone: it hides questions that are not asked, keeps what is typed over a
// reload, and keeps finished answers on the device while there is no line. Without it the form works all the same.
// An answer stays in the queue until the server has said that it has it; its UUID makes sending it twice harmless.
(() => {
  "use strict";
  const form = document.querySelector("form[data-send]");
  const panel = document.querySelector(".survey-queue");
  if (!form || !panel) return;
  const WAITING = "xiangli.answer.", REFUSED = "xiangli.refused.", DRAFT = "xiangli.draft." + location.pathname;
  const PATIENCE = 20000, AGAIN = 60000;  // milliseconds

  // Each answer under a key of its own: two windows never write over one another.
  const store = {
    keys: (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort(),
    put: (key, value) => localStorage.setItem(key, JSON.stringify(value)),
    get: (key) => JSON.parse(localStorage.getItem(key)),
    drop: (key) => localStorage.removeItem(key),
  };

  const say = (what, count, reason) => {
    const line = panel.querySelector(`[data-say="${what}"]`);
    const number = line.querySelector("[data-count]");
    if (number) number.textContent = String(count);
    if (reason !== undefined) line.querySelector("[data-reason]").textContent = reason;
    line.hidden = !count;
  };

  const show = () => {
    say("waiting", store.keys(WAITING).length);
    const refused = store.keys(REFUSED);
    say("refused", refused.length, refused.length ? store.get(refused[0]).reason : "");
  };

  const freshUuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const send = async (answer) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    try {
      return await fetch(answer.url, {
        method: "POST", body: answer.body, credentials: "omit", signal: patience.signal,
        headers: {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
      });
    } finally {
      clearTimeout(timer);
    }
  };

  const wake = () => {  // where the browser can, it tells us when the line is back
    if ("serviceWorker" in navigator) {
      navigator.serviceWorker.ready.then((worker) => worker.sync && worker.sync.register("flush")).catch(() => {});
    }
  };

  let flushing = false;
  const flush = async () => {
    if (flushing || navigator.onLine === false) return;
    flushing = true;
    let sent = 0;
    try {
      for (const key of store.keys(WAITING)) {
        const answer = store.get(key);
        if (!answer) continue;  // another window has just sent it
        const reply = await send(answer);
        if (reply.ok) {
          sent += 1;
        } else if (reply.status === 410 || reply.status === 422 || reply.status === 404) {
          const told = await reply.json().catch(() => ({}));
          store.put(REFUSED + answer.uuid, {...answer, reason: told.reason || String(reply.status)});
        } else {
          break;  // the server is busy, or holds us back: later
        }
        store.drop(key);
      }
    } catch (error) {
      // no line: everything that was not confirmed is still there
    } finally {
      flushing = false;
      if (sent) say("sent", sent);
      show();
    }
  };

  // --- skip rules, as in skips.py -------------------------------------------------------------------------------
  const rows = Array.from(form.querySelectorAll("[data-question]"));
  const given = (name) => {
    const row = rows.find((one) => one.dataset.question === name);
    if (!row || row.hidden) return [];
    return Array.from(row.querySelectorAll("input, textarea, select"))
      .filter((field) => (field.type === "checkbox" || field.type === "radio" ? field.checked : field.value.trim() !== ""))
      .map((field) => field.value);
  };
  const compare = {
    at_least: (a, b) => a >= b, at_most: (a, b) => a <= b, above: (a, b) => a > b, below: (a, b) => a < b,
  };
  const equal = (value, wanted) => (typeof wanted === "number" ? Number(value) === wanted : value === wanted);
  const holds = (rule) => {
    if (rule.all) return rule.all.every(holds);
    if (rule.any) return rule.any.some(holds);
    const values = given(rule.question);
    if ("is_not" in rule) return !values.some((value) => equal(value, rule.is_not));
    if (!values.length) return false;
    if ("answered" in rule) return true;
    if ("is" in rule) return values.some((value) => equal(value, rule.is));
    if ("in" in rule) return values.some((value) => rule.in.includes(value));
    const test = Object.keys(compare).find((word) => word in rule);
    return Boolean(test) && compare[test](Number(values[0]), rule[test]);
  };
  const skip = () => {
    for (const row of rows) if (row.dataset.rule) row.hidden = !holds(JSON.parse(row.dataset.rule));
  };

  // --- what is typed survives a reload, in this window only ------------------------------------------------------
  const SECRET = ["csrfmiddlewaretoken", "uuid", "website"];
  const typed = () => Array.from(new FormData(form)).filter(([name]) => !SECRET.includes(name));
  const keep = () => sessionStorage.setItem(DRAFT, JSON.stringify(typed()));
  const restore = () => {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "[]");
    if (!draft.length || typed().some(([name, value]) => name !== "village" && value)) return;
    for (const [name, value] of draft) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "checkbox" || field.type === "radio") field.checked = field.checked || field.value === value;
        else field.value = value;
      }
    }
  };
  const startAfresh = () => {
    sessionStorage.removeItem(DRAFT);
    for (const field of form.elements) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = false;
      else if (field.tagName === "TEXTAREA" || ["text", "number", "date"].includes(field.type)) field.value = "";
    }
    form.elements.uuid.value = freshUuid();
    skip();
  };

  let done = false;  // this page's answer has been taken: coming back to it begins another
  const submit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type=button])");
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("csrfmiddlewaretoken");
    fields.append("filled", String(Date.now()));
    const answer = {uuid: fields.get("uuid"), url: form.dataset.send, body: fields.toString()};
    const key = `${WAITING}${Date.now()}.${answer.uuid}`;
    button.disabled = true;
    try {
      store.put(key, answer);  // before it is sent: a page that dies now has lost nothing
      const reply = await send(answer);
      const told = await reply.json();
      if (reply.ok) {
        store.drop(key);
        sessionStorage.removeItem(DRAFT);
        done = true;
        location.assign(told.thanks);
        return;
      }
      if (reply.status < 500) {  // let the server say what is wrong, with everything typed
        store.drop(key);
        form.submit();
        return;
      }
    } catch (error) {
      if (!localStorage.getItem(key)) {  // the device cannot keep it: send it the plain way
        form.submit();
        return;
      }
    } finally {
      button.disabled = false;
    }
    startAfresh();
    wake();
    say("saved", 1);
    show();
    panel.scrollIntoView({block: "start"});
  };

  try {
    store.keys(WAITING);
    sessionStorage.getItem(DRAFT);
  } catch (error) {
    skip();
    form.addEventListener("change", skip);
    return;  // storage is switched off: a plain form
  }
  if (!form.querySelector(".error")) form.elements.uuid.value = freshUuid();  // this page may come from the cache
  restore();
  skip();
  show();
  form.addEventListener("change", () => { skip(); keep(); });
  form.addEventListener("input", keep);
  form.addEventListener("submit", submit);
  panel.querySelector('[data-do="flush"]').addEventListener("click", flush);
  panel.querySelector('[data-do="forget"]').addEventListener("click", () => {
    store.keys(REFUSED).forEach(store.drop);
    show();
  });
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  window.addEventListener("pageshow", () => { if (done) { done = false; startAfresh(); } });
  setInterval(() => { if (store.keys(WAITING).length) flush(); }, AGAIN);
  flush();
  if ("serviceWorker" in navigator) {  // not inside iOS WeChat, and not without TLS
    navigator.serviceWorker.register(panel.dataset.worker).catch(() => {});
    navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "flush") flush(); });
  }
})();
