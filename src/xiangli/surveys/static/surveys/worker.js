// Keeps the public forms that were opened on this device, with their style and script, so that they open without a
// line too. Answers are no business of this worker: the page keeps and sends them.
"use strict";
const CACHE = "xiangli-forms-1";
const PATIENCE = 8000; // milliseconds before a slow line counts as none
const FORM = /^\/s\/[a-z0-9-]+\/$/i;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

const keptFor = (request) => {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return false;
  return request.mode === "navigate" ? FORM.test(url.pathname) : url.pathname.startsWith("/static/");
};

const withPatience = (promise) =>
  Promise.race([promise, new Promise((_, refuse) => setTimeout(() => refuse(new Error("slow")), PATIENCE))]);

self.addEventListener("fetch", (event) => {
  if (!keptFor(event.request)) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    try {
      const reply = await withPatience(fetch(event.request));
      if (reply.ok && !reply.redirected) await cache.put(event.request, reply.clone());
      return reply;
    } catch (error) {
      const kept = await cache.match(event.request);
      if (kept) return kept;
      throw error;
    }
  })());
});

const flush = async () => {
  for (const client of await self.clients.matchAll({type: "window"})) client.postMessage("flush");
};
self.addEventListener("sync", (event) => event.waitUntil(flush()));
self.addEventListener("message", (event) => { if (event.data === "flush") event.waitUntil(flush()); });
