// Page views, moments.track(event, properties), moments.identify(userId, traits). Without data-cookie
// (empty, or a domain) no cookie: a visitor is known as long as the tab is open.
(() => {
  const { src, dataset } = document.currentScript;
  const to = new URL("v1/batch", src).href;
  const NAME = "moments";
  const early = window.moments;
  let queue = [];
  let seen;
  let me = {};

  const id = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

  function remembered() {
    try {
      const text = "cookie" in dataset
        ? decodeURIComponent(document.cookie.match(/(?:^|; )moments=([^;]*)/)?.[1] ?? "")
        : sessionStorage.getItem(NAME);
      return JSON.parse(text || "{}");
    } catch {
      return {}; // Closed, or not ours.
    }
  }

  function remember(who) {
    me = who;
    const text = JSON.stringify(who);
    if (!("cookie" in dataset)) {
      try {
        sessionStorage.setItem(NAME, text);
      } catch {} // Closed.
      return;
    }
    const more = (dataset.cookie && `;domain=${dataset.cookie}`) + (location.protocol === "https:" ? ";secure" : "");
    document.cookie = `${NAME}=${encodeURIComponent(text)};path=/;max-age=31536000;samesite=lax${more}`;
  }

  function flush() {
    if (!queue.length) return;
    const body = JSON.stringify({ writeKey: dataset.key, sentAt: new Date().toISOString(), batch: queue });
    queue = [];
    if (!navigator.sendBeacon?.(to, body)) fetch(to, { method: "POST", body, credentials: "omit" }).catch(() => {});
  }

  function send(type, more) {
    if (!queue.length) setTimeout(flush, 300);
    queue.push({ type, messageId: id(), timestamp: new Date().toISOString(), ...me, ...more });
  }

  const api = {
    track: (event, properties) => send("track", { event, properties }),
    identify(userId, traits) {
      remember({ ...me, userId: String(userId) });
      send("identify", { traits });
    },
    page(properties) {
      const { href: url, pathname: path, search } = location;
      send("page", { properties: { path, url, search, title: document.title, referrer: seen ?? document.referrer, ...properties } });
      seen = url;
    },
    reset: () => remember({ anonymousId: id() }),
  };

  me = remembered();
  if (!me.anonymousId) remember({ ...me, anonymousId: id() });
  window.moments = api;
  if (!("manual" in dataset)) {
    const moved = () => location.href !== seen && api.page();
    const { pushState } = history;
    history.pushState = function (...given) {
      pushState.apply(this, given);
      setTimeout(moved);
    };
    addEventListener("popstate", moved);
    api.page();
  }
  // What was called before: moments = [["track", "Signed Up"], …].
  for (const [call, ...given] of Array.isArray(early) ? early : []) api[call]?.(...given);
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => document.hidden && flush());
})();
