// Finished forms kept on the device while there is no line, for any room: xiangli.queue({...}). An entry stays until the
// server has said that it has it; the UUID in it makes sending it twice harmless. The page's panel speaks for it:
// elements with data-say (saved, waiting, sent, refused, and where they make sense: login, others), data-do (flush,
// forget) and data-worker (the address of the room's service worker).
(() => {
  "use strict";
  const PATIENCE = 20000, PATIENCE_FILE = 180000, AGAIN = 60000, DAY = 86400000; // milliseconds
  const FIELDS = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"};
  const REFUSALS = [404, 410, 422]; // the server will never take it

  // Each entry under a key of its own: two windows never write over one another.
  const store = {
    keys: (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort(),
    put: (key, value) => localStorage.setItem(key, JSON.stringify(value)),
    get: (key) => JSON.parse(localStorage.getItem(key)),
    drop: (key) => localStorage.removeItem(key),
  };

  // The picture of an entry, under the entry's UUID. Kept as plain bytes: not every browser can keep a file.
  const files = {
    open: () => new Promise((done, failed) => {
      const asked = indexedDB.open("xiangli", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("files");
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    }),
    work: async (mode, act) => {
      const database = await files.open();
      try {
        return await new Promise((done, failed) => {
          const work = database.transaction("files", mode, {durability: "strict"});
          const asked = act(work.objectStore("files"));
          work.oncomplete = () => done(asked.result);
          work.onerror = work.onabort = () => failed(work.error);
        });
      } finally {
        database.close();
      }
    },
    put: (uuid, file) => files.work("readwrite", (all) => all.put(file, uuid)),
    get: (uuid) => files.work("readonly", (all) => all.get(uuid)),
    drop: (uuid) => files.work("readwrite", (all) => all.delete(uuid)),
    sweep: async (known) => { // of a page that died between keeping the picture and its entry
      for (const uuid of await files.work("readonly", (all) => all.getAllKeys())) {
        if (!known.includes(uuid) && Date.now() - ((await files.get(uuid)) || {}).at > DAY) await files.drop(uuid);
      }
    },
  };

  // A photo as small as the server would make it: for a village's line, and for the device. Anything else as it is.
  const SIDE = 2000;
  const shrunk = async (file) => {
    try {
      const picture = await createImageBitmap(file);
      const share = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * share);
      canvas.height = Math.round(picture.height * share);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return small && small.size < file.size ? small : file;
    } catch (error) {
      return file; // a paper, or no picture at all: the server says so
    }
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
      const refused = store.keys(REFUSED).filter((key) => mine(store.get(key)));
      say("refused", refused.length, refused.length ? store.get(refused[0]).reason : "");
    };

    const bodyOf = async (entry) => {
      const file = entry.file && (await files.get(entry.uuid).catch(() => null));
      if (!file) {
        if (entry.file) say("photo", 1); // the browser has thrown it away
        return entry.body;
      }
      const form = new FormData();
      for (const [name, value] of new URLSearchParams(entry.body)) form.append(name, value);
      form.append(entry.file, new Blob([file.bytes], {type: file.type}), "photo");
      return form;
    };

    const send = async (entry) => {
      const body = await bodyOf(entry);
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), typeof body === "string" ? PATIENCE : PATIENCE_FILE);
      try {
        return await fetch(entry.url, {
          method: "POST", body, credentials, signal: patience.signal, redirect: "manual",
          headers: {...(typeof body === "string" ? FIELDS : {}), ...headers()},
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

    const drop = (key) => {
      const entry = store.get(key);
      store.drop(key);
      if (entry && entry.file) files.drop(entry.uuid).catch(() => {});
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
          let reply = await send(entry);
          if (reply.status === 422 && entry.file) { // is it the picture? What was written must not wait for it
            reply = await send({...entry, file: undefined});
            if (reply.ok) say("photo", 1);
          }
          if (reply.ok) {
            sent += 1;
            drop(key);
          } else if (REFUSALS.includes(reply.status)) {
            const told = await reply.json().catch(() => ({}));
            store.put(REFUSED + entry.uuid, {...entry, reason: told.reason || String(reply.status)});
            store.drop(key);
          } else {
            if (reply.type === "opaqueredirect" || reply.status === 403) say("login", 1); // logged out meanwhile
            break; // the server is busy, does not know us, or holds us back: later
          }
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
        store.keys(REFUSED).filter((key) => mine(store.get(key))).forEach(drop);
        show();
      });
      const known = [...store.keys(WAITING), ...store.keys(REFUSED)].map((key) => (store.get(key) || {}).uuid);
      if (window.indexedDB) files.sweep(known).catch(() => {});
      window.addEventListener("online", flush);
      document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
      setInterval(() => { if (store.keys(WAITING).length) flush(); }, AGAIN);
      flush();
      if ("serviceWorker" in navigator) { // not inside iOS WeChat, and not without TLS
        navigator.serviceWorker.register(panel.dataset.worker).catch(() => {});
        const parts = performance.getEntriesByType("resource").map((one) => one.name);
        const own = parts.filter((name) => name.startsWith(`${location.origin}/static/`));
        const page = {keep: [location.href.split("#")[0], ...own]};
        navigator.serviceWorker.ready.then((worker) => worker.active.postMessage(page)).catch(() => {});
        navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "flush") flush(); });
      }
    };

    return {
      put: (entry) => { // before it is sent: a page that dies now has lost nothing
        const key = `${WAITING}${Date.now()}.${entry.uuid}`;
        store.put(key, entry);
        return key;
      },
      // Keep a picture with an entry, before the entry itself. The entry says so in ``file``, the name of the field.
      attach: async (entry, field, file) => {
        try {
          const small = await shrunk(file);
          await files.put(entry.uuid, {bytes: await small.arrayBuffer(), type: small.type, at: Date.now()});
          return {...entry, file: field};
        } catch (error) {
          return entry; // no room, or the browser keeps nothing: sent now or not at all
        }
      },
      refused: () => { // the first that the server will not take as it is
        const key = store.keys(REFUSED).find((one) => mine(store.get(one)));
        return key ? store.get(key) : null;
      },
      mended: (uuid) => store.drop(REFUSED + uuid), // it is about to be sent anew
      drop,
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
