// The visit form beyond what a page can do alone: a visit written down without a line waits on the device (queue.js) and
// is sent, by the same person, when the line is back. Without this script the form works all the same.
(() => {
  "use strict";
  const form = document.querySelector("form[data-send]");
  const panel = document.querySelector(".visit-queue");
  if (!form || !panel || !window.xiangli || !window.xiangli.works()) return;
  const {freshUuid} = window.xiangli;
  const owner = panel.dataset.owner;
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || ["", ""])[1];
  const queue = window.xiangli.queue({
    panel, name: "visit", credentials: "same-origin",
    headers: () => ({"X-CSRFToken": token()}),
    mine: (entry) => entry.owner === owner,
  });

  const photo = () => form.elements.photo && form.elements.photo.files.length > 0;
  const startAfresh = () => {
    for (const name of ["seen", "problem", "measure", "unit", "deadline", "photo"]) form.elements[name].value = "";
    form.elements.client_uuid.value = freshUuid();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type=button])");
    const fields = new FormData(form);
    fields.delete("csrfmiddlewaretoken");
    fields.delete("photo"); // a picture is optional and large: it is sent now or not at all
    const body = new URLSearchParams(fields).toString();
    const entry = {uuid: fields.get("client_uuid"), url: form.dataset.send, body, owner};
    let key = "";
    button.disabled = true;
    try {
      key = queue.put(entry);
      const reply = await queue.send(photo() ? {...entry, body: new FormData(form)} : entry);
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
      if (!key || !queue.has(key)) { // the device cannot keep it: send it the plain way
        form.submit();
        return;
      }
    } finally {
      button.disabled = false;
    }
    queue.say("photo", photo() ? 1 : 0);
    startAfresh();
    queue.saved();
  });

  if (!form.querySelector(".error")) form.elements.client_uuid.value = freshUuid(); // this page may come from the cache
  queue.start();
})();
