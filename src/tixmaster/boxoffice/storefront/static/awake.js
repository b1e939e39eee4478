// A phone that shows a ticket at the entrance stays awake, where the browser can do that.
"use strict";
const stayAwake = async () => {
  if (!("wakeLock" in navigator) || document.hidden) return;
  try { await navigator.wakeLock.request("screen"); } catch { /* low battery: the code is shown all the same */ }
};
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
