// Times in the reader's zone, and the countdown of a hold. Every page works without this.
"use strict";
const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
  weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const showTimes = (place) => {
  for (const time of place.querySelectorAll("time")) {
    time.title = time.textContent;
    time.textContent = shown.format(new Date(time.dateTime));
  }
};
showTimes(document);
const countdown = document.querySelector("[data-seconds]");
if (countdown) {
  // The server says how many seconds are left, so a wrong clock here does no harm.
  const end = Date.now() + Number(countdown.dataset.seconds) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    countdown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) { clearInterval(timer); setTimeout(() => location.reload(), 1000); }
  };
  const timer = setInterval(tick, 1000);
  tick();
  addEventListener("online", () => location.reload());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
