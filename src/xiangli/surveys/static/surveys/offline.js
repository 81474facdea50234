// The public form beyond what a page can do alone: it hides questions that are not asked, keeps what is typed over a
// reload, and keeps finished answers on the device while there is no line (queue.js). Without it the form works all the
// same.
(() => {
  "use strict";
  const form = document.querySelector("form[data-send]");
  const panel = document.querySelector(".survey-queue");
  if (!form || !panel || !window.xiangli) return;
  const {freshUuid, works} = window.xiangli;
  const DRAFT = "xiangli.draft." + location.pathname;
  const queue = window.xiangli.queue({panel, name: "answer", credentials: "omit"});

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
    for (const row of rows) checkOrder(row);
  };

  // An order that is none would be refused later, when whoever gave it is gone: it is said at once.
  const checkOrder = (row) => {
    const said = row.querySelector(".survey-places");
    if (!said) return;
    const lists = Array.from(said.querySelectorAll("select"));
    lists.forEach((list, at) => {
      const before = lists.slice(0, at).map((one) => one.value);
      const wrong = before.includes("") ? said.dataset.gap : before.includes(list.value) ? said.dataset.twice : "";
      list.setCustomValidity(list.value && !row.hidden ? wrong : "");
    });
  };

  // --- what is typed survives a reload, in this window only ------------------------------------------------------
  // What the page itself puts in is nobody's typing.
  const OWN = ["csrfmiddlewaretoken", "uuid", "website", "filled"];
  const typed = () => Array.from(new FormData(form)).filter(([name]) => !OWN.includes(name));
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
      else if (field.tagName === "SELECT" && field.name !== "village") field.value = "";
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
    fields.set("filled", String(Date.now()));
    const answer = {uuid: fields.get("uuid"), url: form.dataset.send, body: fields.toString()};
    let key = "";
    button.disabled = true;
    try {
      key = queue.put(answer);
      const reply = await queue.send(answer);
      const told = await reply.json();
      if (reply.ok) {
        queue.drop(key);
        sessionStorage.removeItem(DRAFT);
        done = true;
        location.assign(told.thanks);
        return;
      }
      if (reply.status < 500) {  // let the server say what is wrong, with everything typed
        queue.drop(key);
        form.submit();
        return;
      }
    } catch (error) {
      if (!key || !queue.has(key)) {  // the device cannot keep it: send it the plain way
        form.submit();
        return;
      }
    } finally {
      button.disabled = false;
    }
    startAfresh();
    queue.saved();
  };

  if (!works()) {
    skip();
    form.addEventListener("change", skip);
    return;  // storage is switched off: a plain form
  }
  if (!form.querySelector(".error")) form.elements.uuid.value = freshUuid();  // this page may come from the cache
  restore();
  skip();
  form.addEventListener("change", () => { skip(); keep(); });
  form.addEventListener("input", keep);
  form.addEventListener("submit", submit);
  window.addEventListener("pageshow", () => { if (done) { done = false; startAfresh(); } });
  queue.start();
})();
