// The gate: answers without leaving the page, and codes by the camera where the browser reads them (BarcodeDetector).
// Without this script the form works as a form.
"use strict";
const form = document.getElementById("check");
const code = form.elements.namedItem("code");
const answer = document.getElementById("answer");
const video = document.getElementById("camera");
const button = document.getElementById("use-camera");
const hint = document.getElementById("no-camera");
const LOOK_EACH_MS = 150;
const SAME_AGAIN_MS = 4000; // the same ticket is held before the camera for a while

const say = (text) => {
  const box = document.createElement("div");
  const verdict = document.createElement("p");
  box.className = "answer no";
  box.dataset.answer = "offline";
  verdict.className = "verdict";
  verdict.textContent = text;
  box.append(verdict);
  answer.replaceChildren(box);
};

let busy = false;
const check = async () => {
  if (busy || !code.value.trim()) return;
  busy = true;
  answer.setAttribute("aria-busy", "true");
  try {
    const sent = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(10_000) });
    const page = new DOMParser().parseFromString(await sent.text(), "text/html");
    const said = page.getElementById("answer");
    if (said) {
      answer.replaceChildren(...said.childNodes);
      code.value = "";
      showTimes(answer);
      navigator.vibrate?.(answer.querySelector(".yes") ? 80 : [200, 100, 200]);
    } else {
      say(page.querySelector("main h1")?.textContent ?? answer.dataset.offline);
    }
  } catch {
    say(answer.dataset.offline);
  } finally {
    busy = false;
    answer.removeAttribute("aria-busy");
    if (video.hidden) code.focus();
  }
};
form.addEventListener("submit", (event) => { event.preventDefault(); check(); });

let last = { text: "", at: 0 };
const look = async (detector) => {
  if (video.hidden) return;
  const [found] = await detector.detect(video).catch(() => []);
  const now = Date.now();
  if (found && (found.rawValue !== last.text || now - last.at > SAME_AGAIN_MS)) {
    code.value = found.rawValue;
    await check();
  }
  if (found) last = { text: found.rawValue, at: Date.now() };
  setTimeout(look, LOOK_EACH_MS, detector);
};

const stop = () => {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.hidden = true;
  button.textContent = button.dataset.on;
};

const start = async () => {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    hint.textContent = button.dataset.refused;
    hint.hidden = false;
    return;
  }
  video.hidden = false;
  button.textContent = button.dataset.off;
  await video.play();
  look(new BarcodeDetector({ formats: ["qr_code"] }));
};

const offer = async () => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return;
  button.dataset.on = button.textContent;
  button.hidden = false;
  hint.hidden = true;
  button.addEventListener("click", () => (video.hidden ? start() : stop()));
  document.addEventListener("visibilitychange", () => { if (document.hidden && !video.hidden) stop(); });
};
offer();
