// Keeps a page of a project up to date: listens to the stream, fetches the parts again, swaps them.
"use strict";
(() => {
  const project = document.body.dataset.project;
  const state = document.getElementById("state");
  const stateText = document.getElementById("state-text");
  const retryMs = 2000;
  const settleMs = Number(document.body.dataset.settle ?? 120);
  // A page that has no address for its parts is fetched whole.
  const parts = document.body.dataset.fragments;
  let position = Number(document.body.dataset.position);
  let timer = null;
  let busy = false;
  let again = false;
  let loadedAt = Date.now();

  function say(name, text) {
    if (state.className !== `state ${name}`) {
      state.className = `state ${name}`;
      stateText.textContent = text;
    }
  }

  function soon(at) {
    position = Math.max(position, at);
    if (timer === null) {
      timer = setTimeout(refresh, settleMs);
    }
  }

  async function refresh() {
    timer = null;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    try {
      const address = parts ? `${parts}?min_position=${position}` : location.href;
      const answer = await fetch(address, { cache: "no-store" });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      swap(await answer.text());
    } catch {
      setTimeout(refresh, retryMs);
    } finally {
      busy = false;
      if (again) {
        soon(position);
      }
    }
  }

  function swap(text) {
    loadedAt = Date.now();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of fresh.querySelectorAll("[data-fragment]")) {
      const old = document.querySelector(`[data-fragment="${part.dataset.fragment}"]`);
      if (old !== null && old.dataset.digest !== part.dataset.digest) {
        replace(old, document.adoptNode(part));
      }
    }
    showAges();
  }

  function replace(old, part) {
    markChanges(old, part);
    const opened = new Set([...old.querySelectorAll("details[open]")].map(nameOf));
    const scroll = [...old.querySelectorAll(".chart, .scroll, .scroller")].map((each) => [
      each.scrollLeft,
      each.scrollTop,
    ]);
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const folded = active?.localName === "summary" ? nameOf(active.parentElement) : null;
    const focused = active !== null && folded === null ? keyOf(active) : null;
    old.replaceWith(part);
    for (const each of part.querySelectorAll("details")) {
      each.open ||= opened.has(nameOf(each));
    }
    [...part.querySelectorAll(".chart, .scroll, .scroller")].forEach((each, index) => {
      [each.scrollLeft, each.scrollTop] = scroll[index] ?? [0, 0];
    });
    if (focused !== null) {
      part.querySelector(focused)?.focus({ preventScroll: true });
    }
    if (folded !== null) {
      const same = [...part.querySelectorAll("details")].find((each) => nameOf(each) === folded);
      same?.querySelector("summary").focus({ preventScroll: true });
    }
  }

  // What is folded away has an id, or is told from others by its row and by what stands on it.
  function nameOf(details) {
    const row = details.closest("tr")?.cells[0].textContent ?? "";
    return details.id || `${row}/${details.querySelector("summary").textContent}`;
  }

  function keyOf(element) {
    if (element.dataset.key) {
      return `[data-key="${CSS.escape(element.dataset.key)}"]`;
    }
    const inside = element.closest("[data-key]");
    if (inside !== null) {
      return `[data-key="${CSS.escape(inside.dataset.key)}"] ${element.localName}`;
    }
    if (element.localName === "a") {
      return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
    }
    return element.className ? `.${CSS.escape(element.classList[0])}` : element.localName;
  }

  function markChanges(old, part) {
    const before = new Map();
    for (const each of old.querySelectorAll("[data-key]")) {
      before.set(each.dataset.key, each.dataset.value);
    }
    for (const each of part.querySelectorAll("[data-key]")) {
      if (before.get(each.dataset.key) !== each.dataset.value) {
        each.classList.add("changed");
      }
    }
  }

  function showAges() {
    // By the server's clock, which need not be this machine's.
    for (const each of document.querySelectorAll("time[data-now]")) {
      const sinceMs = Date.parse(each.dataset.now) - Date.parse(each.dateTime);
      each.textContent = `${age(Math.max(0, Math.round((sinceMs + Date.now() - loadedAt) / 1000)))} ago`;
    }
  }

  function age(seconds) {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  }

  // One stream serves all windows of a project: a browser opens few connections to one host.
  const channel = new BroadcastChannel(`takt-${project}`);
  channel.onmessage = ({ data }) => take(data);

  function take({ kind, at }) {
    if (kind === "live") {
      say("live", "live");
    } else if (kind === "lost") {
      say("lost", "reconnecting…");
    } else {
      say("live", "live");
      soon(at);
    }
  }

  function tell(message) {
    take(message);
    channel.postMessage(message);
  }

  function listen(from) {
    const query = new URLSearchParams({ project, types: "schedule,status" });
    if (from > 0) {
      query.set("from", String(from));
    }
    const source = new EventSource(`/v1/stream?${query}`);
    const changed = (event) => tell({ kind: "changed", at: Number(event.lastEventId) });
    source.onopen = () => tell({ kind: "live" });
    source.addEventListener("change", changed);
    source.addEventListener("snapshot", changed);
    source.addEventListener("position", changed);
    source.onerror = () => {
      tell({ kind: "lost" });
      if (source.readyState === EventSource.CLOSED) {
        // Refused, perhaps because the log is another one now: begin again from a snapshot.
        position = 0;
        setTimeout(() => listen(0), retryMs);
      }
    };
    addEventListener("pagehide", () => source.close());
  }

  function begin() {
    listen(position);
    return new Promise(() => {});
  }

  showAges();
  setInterval(showAges, 1000);
  if (navigator.locks) {
    say("live", "live");
    navigator.locks.request(`takt-${project}`, begin);
  } else {
    begin();
  }
})();
