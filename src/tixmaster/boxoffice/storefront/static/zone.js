// Times on a form in the zone of whoever fills it in: the server writes them in UTC and takes any zone that is named.
"use strict";
for (const form of document.querySelectorAll("form[data-times]")) {
  const zone = form.elements.namedItem("zone");
  if (zone.value !== "UTC") continue; // chosen already
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of form.querySelectorAll('input[type="datetime-local"]')) {
    if (!input.value) continue;
    const at = new Date(`${input.value}Z`);
    input.value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}
