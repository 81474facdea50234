// The visit form beyond what a page can do alone: a visit written down without a line waits on the device (queue.js)
// with its photo and is sent, by the same person, when the line is back. Without this script the form works all the same.
(() => {
  "use strict";
  const form = document.querySelector("form[data-send]");
  const panel = document.querySelector(".visit-queue");
  if (!form || !panel || !window.xiangli || !window.xiangli.works()) return;
  document.querySelector("[data-offline]").hidden = false; // said only where it is true
  const {freshUuid} = window.xiangli;
  const owner = panel.dataset.owner;
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || ["", ""])[1];
  const queue = window.xiangli.queue({
    panel, name: "visit", credentials: "same-origin",
    headers: () => ({"X-CSRFToken": token()}),
    mine: (entry) => entry.owner === owner,
  });

  const {problem, deadline, photo, client_uuid: uuid} = form.elements;
  const chosen = () => (photo.files.length ? photo.files[0] : null);
  let mending = null; // one that came back, in the form again
  const startAfresh = () => {
    for (const name of ["seen", "problem", "measure", "unit", "deadline", "photo"]) form.elements[name].value = "";
    uuid.value = freshUuid();
    mending = null;
  };

  // What the server would refuse is said here: without a line nobody else can.
  const check = () => {
    deadline.setCustomValidity(problem.value.trim() && !deadline.value ? form.dataset.needsDeadline : "");
    problem.setCustomValidity(!problem.value.trim() && chosen() ? form.dataset.needsProblem : "");
  };
  form.addEventListener("input", check);
  form.addEventListener("change", check);

  panel.querySelector('[data-do="mend"]').addEventListener("click", () => {
    mending = queue.refused();
    if (!mending) return;
    for (const [name, value] of new URLSearchParams(mending.body)) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    check();
    form.scrollIntoView({block: "start"});
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type=button])");
    const fields = new FormData(form);
    fields.delete("csrfmiddlewaretoken");
    fields.delete("photo"); // kept beside: a picture is too large for where the words are
    const body = new URLSearchParams(fields).toString();
    let entry = {uuid: fields.get("client_uuid"), url: form.dataset.send, body, owner};
    const file = chosen();
    let key = "";
    button.disabled = true;
    try {
      if (file) entry = await queue.attach(entry, "photo", file);
      else if (mending && mending.uuid === entry.uuid && mending.file) entry.file = mending.file;
      if (file && !entry.file) throw new Error("no room");
      key = queue.put(entry);
      queue.mended(entry.uuid);
      const reply = await queue.send(entry);
      if (reply.ok) {
        queue.drop(key);
        location.assign((await reply.json()).next);
        return;
      }
      if (reply.status >= 400 && reply.status < 500 && reply.status !== 403) { // let the server say what is wrong
        queue.drop(key);
        form.submit();
        return;
      }
      if (reply.type === "opaqueredirect" || reply.status === 403) queue.say("login", 1);
    } catch (error) {
      if (!key || !queue.has(key)) { // the device cannot keep it
        if (file && navigator.onLine === false) { // the words at least
          delete entry.file;
          try {
            queue.put(entry);
            queue.say("photo", 1);
          } catch (full) {
            form.submit();
            return;
          }
        } else {
          form.submit(); // send it the plain way
          return;
        }
      }
    } finally {
      button.disabled = false;
    }
    startAfresh();
    queue.saved();
  });

  if (!form.querySelector(".error")) uuid.value = freshUuid(); // this page may come from the cache
  queue.start();
})();
