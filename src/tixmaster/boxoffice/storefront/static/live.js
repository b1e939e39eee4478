// The stock of an event as it changes. What can be bought is never moved or replaced under somebody's finger: where a
// ticket type opens or ends, its card says so and offers to show the page anew.
"use strict";
const list = document.querySelector("[data-live]");
const viewing = document.getElementById("viewing");
const SLOW = 60;

const show = (live) => {
  viewing.textContent = live.viewing;
  for (const card of list.querySelectorAll("[data-ticket]")) {
    const now = live.tickets[card.dataset.ticket];
    if (!now) continue;
    const left = card.querySelector("[data-left]");
    if (left && now.sale === "open") left.textContent = now.left;
    card.querySelector("[data-changed]").hidden = now.sale === card.dataset.sale;
  }
};

const ask = async () => {
  if (document.hidden) return; // asks again when somebody looks
  let seconds = SLOW;
  try {
    const answer = await fetch(list.dataset.live, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const live = await answer.json();
      show(live);
      seconds = live.again_seconds;
    }
  } catch { /* offline: later */ }
  later(seconds);
};

let timer;
const later = (seconds) => {
  clearTimeout(timer);
  timer = setTimeout(ask, seconds * 1000 * (0.8 + 0.4 * Math.random())); // not all pages in step
};

if (list) {
  later(Number(list.dataset.again));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(1); });
}
