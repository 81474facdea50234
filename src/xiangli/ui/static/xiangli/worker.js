// Keeps pages that say so (the header X-Keep-Offline) with their style and script, so that they open without a line too.
// Each room registers it at an address of its own and so for its own pages only. What is typed on them is no business
// of this worker: the page keeps and sends it (queue.js).
"use strict";
const CACHE = `xiangli-pages-2 ${new URL(self.registration.scope).pathname}`;
const PATIENCE = 8000; // milliseconds before a slow line counts as none

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const isOld = (name) => name !== CACHE && (name.startsWith("xiangli-forms") || name.split(" ")[1] === CACHE.split(" ")[1]);
  const old = caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

const isOurs = (request) => {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return false;
  return request.mode === "navigate" || url.pathname.startsWith("/static/");
};
const mayBeKept = (isPage, reply) =>
  reply.ok && !reply.redirected && (!isPage || reply.headers.get("X-Keep-Offline") === "1");

const withPatience = (promise) =>
  Promise.race([promise, new Promise((_, refuse) => setTimeout(() => refuse(new Error("slow")), PATIENCE))]);

self.addEventListener("fetch", (event) => {
  if (!isOurs(event.request)) return;
  event.respondWith((async () => {
    const cache = await caches.open(CACHE);
    const asked = fetch(event.request);
    try {
      const reply = await withPatience(asked);
      if (mayBeKept(event.request.mode === "navigate", reply)) await cache.put(event.request, reply.clone());
      return reply;
    } catch (error) {
      return (await cache.match(event.request)) || asked;
    }
  })());
});

const flush = async () => {
  for (const client of await self.clients.matchAll({type: "window"})) client.postMessage("flush");
};
self.addEventListener("sync", (event) => event.waitUntil(flush()));
// The first visit comes before this worker: the page hands over its own address and what it was made of.
const keep = async (addresses) => {
  const cache = await caches.open(CACHE);
  for (const [at, address] of addresses.entries()) {
    const request = new Request(address, {credentials: "same-origin"});
    if (await cache.match(request)) continue;
    const reply = await fetch(request).catch(() => null);
    if (reply && mayBeKept(at === 0, reply)) await cache.put(request, reply);
    else if (at === 0) return;
  }
};
self.addEventListener("message", (event) => {
  if (event.data === "flush") event.waitUntil(flush());
  else if (event.data && event.data.keep) event.waitUntil(keep(event.data.keep));
});
