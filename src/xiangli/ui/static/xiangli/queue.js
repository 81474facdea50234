// Finished forms kept on the device while there is no line, for any room: xiangli.queue({...}). An entry stays until the
// server has said that it has it; the UUID in it makes sending it twice harmless. The page's panel speaks for it:
// elements with data-say (saved, waiting, sent, refused, and where they make sense: login, others), data-do (flush,
// forget) and data-worker (the address of the room's service worker).
(() => {
  "use strict";
  const PATIENCE = 20000, AGAIN = 60000; // milliseconds
  const FIELDS = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"};
  const REFUSALS = [404, 410, 422]; // the server will never take it

  // Each entry under a key of its own: two windows never write over one another.
  const store = {
    keys: (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort(),
    put: (key, value) => localStorage.setItem(key, JSON.stringify(value)),
    get: (key) => JSON.parse(localStorage.getItem(key)),
    drop: (key) => localStorage.removeItem(key),
  };

  const freshUuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // Is there a store at all? Some browsers switch it off.
  const works = () => {
    try {
      store.keys("");
      return true;
    } catch (error) {
      return false;
    }
  };

  // ``name``: one for each kind of form. ``headers()``: more headers of a request. ``mine(entry)``: may this person send
  // it? Those of others wait for their own owner on a shared device.
  const queue = ({panel, name, credentials, headers = () => ({}), mine = () => true}) => {
    const WAITING = `xiangli.${name}.`, REFUSED = `xiangli.${name}-refused.`;

    const say = (what, count, reason) => {
      const line = panel.querySelector(`[data-say="${what}"]`);
      if (!line) return;
      const number = line.querySelector("[data-count]");
      if (number) number.textContent = String(count);
      if (reason !== undefined) line.querySelector("[data-reason]").textContent = reason;
      line.hidden = !count;
    };
    const show = () => {
      const waiting = store.keys(WAITING).map(store.get).filter(Boolean);
      say("waiting", waiting.filter(mine).length);
      say("others", waiting.filter((entry) => !mine(entry)).length);
      const refused = store.keys(REFUSED);
      say("refused", refused.length, refused.length ? store.get(refused[0]).reason : "");
    };

    const send = async (entry) => {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), PATIENCE);
      try {
        return await fetch(entry.url, {
          method: "POST", body: entry.body, credentials, signal: patience.signal, redirect: "manual",
          headers: {...(typeof entry.body === "string" ? FIELDS : {}), ...headers()},
        });
      } finally {
        clearTimeout(timer);
      }
    };

    const wake = () => { // where the browser can, it tells us when the line is back
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
          const entry = store.get(key);
          if (!entry || !mine(entry)) continue; // another window has just sent it, or it is not ours to send
          const reply = await send(entry);
          if (reply.ok) {
            sent += 1;
          } else if (REFUSALS.includes(reply.status)) {
            const told = await reply.json().catch(() => ({}));
            store.put(REFUSED + entry.uuid, {...entry, reason: told.reason || String(reply.status)});
          } else {
            if (reply.type === "opaqueredirect" || reply.status === 403) say("login", 1); // logged out meanwhile
            break; // the server is busy, does not know us, or holds us back: later
          }
          store.drop(key);
        }
      } catch (error) {
        // no line: everything that was not confirmed is still there
      } finally {
        flushing = false;
        if (sent) {
          say("sent", sent);
          say("login", 0);
        }
        show();
      }
    };

    const start = () => {
      show();
      panel.querySelector('[data-do="flush"]').addEventListener("click", flush);
      panel.querySelector('[data-do="forget"]').addEventListener("click", () => {
        store.keys(REFUSED).forEach(store.drop);
        show();
      });
      window.addEventListener("online", flush);
      document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
      setInterval(() => { if (store.keys(WAITING).length) flush(); }, AGAIN);
      flush();
      if ("serviceWorker" in navigator) { // not inside iOS WeChat, and not without TLS
        navigator.serviceWorker.register(panel.dataset.worker).catch(() => {});
        navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "flush") flush(); });
      }
    };

    return {
      put: (entry) => { // before it is sent: a page that dies now has lost nothing
        const key = `${WAITING}${Date.now()}.${entry.uuid}`;
        store.put(key, entry);
        return key;
      },
      drop: store.drop,
      has: (key) => localStorage.getItem(key) !== null,
      saved: () => { // it waits here: say so, and be woken when there is a line
        wake();
        say("saved", 1);
        show();
        panel.scrollIntoView({block: "start"});
      },
      send, say, start,
    };
  };

  window.xiangli = {queue, freshUuid, works};
})();
