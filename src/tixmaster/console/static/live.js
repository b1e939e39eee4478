// Live pages without moving anything under the reader's hands: an event says that something has changed, the page is
// fetched again, and the parts marked data-live that differ are exchanged. Times are shown in the reader's zone.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const skew = Date.now() - Date.parse(document.documentElement.dataset.now);
  const RECONNECT_MS = 2000;

  // ── Times ──────────────────────────────────────────────────────────────────────────────────────
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const dated = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
  const UNITS = language === "en" ? ["h", "min", "s"] : ["小時", "分", "秒"];

  function showTimes(root) {
    const today = new Date().toDateString();
    for (const element of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.dateTime);
      element.textContent = (moment.toDateString() === today ? clock : dated).format(moment);
      element.title = `${exact.format(moment)} · ${element.dateTime}`;
    }
  }

  function span(seconds) {
    const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
    const said = parts.map((value, place) => (value ? `${value} ${UNITS[place]}` : "")).filter(Boolean).slice(0, 2);
    return said.join(" ") || `0 ${UNITS[2]}`;
  }

  function showAges() {
    for (const element of document.querySelectorAll("[data-age-from]")) {
      const seconds = Math.round((Date.now() - skew - Date.parse(element.dataset.ageFrom)) / 1000);
      element.textContent = span(Math.max(seconds, 0));
    }
  }

  // ── Exchange of parts ──────────────────────────────────────────────────────────────────────────
  const shown = new Map(); // part id → what the server sent for it, ages left out
  let pointer = null;
  let pressed = false;

  function content(part) {
    const copy = part.cloneNode(true);
    for (const age of copy.querySelectorAll("[data-age-from]")) age.textContent = "";
    return copy.className + copy.innerHTML;
  }

  // The thing the reader looks at: what is under the pointer, else the first part that is in view.
  function anchor() {
    const under = pointer && document.elementFromPoint(pointer.x, pointer.y);
    const near = under && under.closest("main [id]");
    return near || [...document.querySelectorAll("[data-live]")].find((part) => part.getBoundingClientRect().bottom > 0);
  }

  // A part is left alone while the reader types in it or is about to press something in it.
  function busy(part) {
    const field = document.activeElement;
    const typing = part.contains(field) && field.matches("input, textarea, select");
    const under = pointer && document.elementFromPoint(pointer.x, pointer.y);
    const aiming = under && part.contains(under) && under.closest("a, button, summary");
    return typing || (pressed && aiming) || Boolean(aiming && aiming.closest("form"));
  }

  function exchange(part, fresh) {
    const open = [...part.querySelectorAll("details[id][open]")].map((element) => element.id);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.className = fresh.className;
    part.replaceChildren(...document.importNode(fresh, true).childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    showTimes(part);
  }

  function apply(page) {
    const still = anchor();
    const before = still?.getBoundingClientRect().top;
    let held = false;
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || shown.get(part.id) === content(fresh)) continue;
      if (busy(part)) {
        held = true;
        continue;
      }
      shown.set(part.id, content(fresh));
      exchange(part, fresh);
    }
    document.title = page.title;
    showAges();
    const after = still && document.getElementById(still.id)?.getBoundingClientRect().top;
    if (after !== undefined && after !== before) window.scrollBy({ top: after - before, behavior: "instant" });
    return held;
  }

  // ── Fetching ───────────────────────────────────────────────────────────────────────────────────
  let fetching = false;
  let again = false;
  let waiting = null; // a page of which a part is held back

  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.redirected && new URL(answer.url).pathname === "/login") location.reload();
      else if (answer.ok) settle(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The stream tells the reader that the connection is gone, and asks again when it is back.
    } finally {
      fetching = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  function settle(page) {
    waiting = apply(page) ? page : null;
  }

  function release() {
    if (waiting) settle(waiting);
  }

  // ── The stream ─────────────────────────────────────────────────────────────────────────────────
  function listen() {
    const broken = document.getElementById("broken");
    const stream = new EventSource(document.body.dataset.liveSource || "/live");
    stream.addEventListener("open", () => { broken.hidden = true; });
    stream.addEventListener("change", refresh);
    if (document.body.dataset.livePage === "system") stream.addEventListener("system", refresh);
    stream.addEventListener("end", () => stream.close());
    stream.addEventListener("error", () => {
      broken.hidden = false;
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => { refresh(); listen(); }, RECONNECT_MS);
    });
    addEventListener("pagehide", () => stream.close(), { once: true });
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }, { once: true });
  }

  // Moments in forms are meant in the reader's zone.
  for (const name of document.querySelectorAll("[data-zone-name]")) name.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const zone = event.target.querySelector("[data-zone]");
    const moment = new Date(event.target.querySelector("input[type=datetime-local]")?.value || Date.now());
    if (zone) zone.value = -moment.getTimezoneOffset();
    for (const button of event.target.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });

  // On paper everything is unfolded; afterwards each is as it was.
  document.addEventListener("click", (event) => {
    const whole = event.target.closest("[data-print]")?.dataset.print; // a page that shows a part is printed from the one that shows all
    if (whole === "") print();
    else if (whole) location.assign(`${whole}#print`);
  });
  if (location.hash === "#print") addEventListener("load", () => print(), { once: true });
  addEventListener("beforeprint", () => {
    for (const element of document.querySelectorAll("main details:not([open], .sure, .about)")) element.dataset.folded = element.open = true;
  });
  addEventListener("afterprint", () => {
    for (const element of document.querySelectorAll("[data-folded]")) {
      delete element.dataset.folded;
      element.open = false;
    }
  });

  for (const part of document.querySelectorAll("[data-live]")) shown.set(part.id, content(part));
  showTimes(document);
  showAges();
  setInterval(showAges, 1000);
  if (document.body.hasAttribute("data-live-page")) {
    document.addEventListener("pointermove", (event) => {
      pointer = { x: event.clientX, y: event.clientY };
      release();
    }, { passive: true });
    document.addEventListener("pointerdown", () => { pressed = true; });
    document.addEventListener("pointerup", () => { pressed = false; });
    listen();
    const every = Number(document.body.dataset.every) * 1000; // for figures, which change all the time
    if (every) setInterval(() => { if (!document.hidden) refresh(); }, every);
  }
})();
