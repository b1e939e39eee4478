// Numbers as people read them: in the reader's language, in a unit that fits, never more digits than mean something.
const language = document.documentElement.lang;
const CHINESE = language !== "en";
const SPANS = CHINESE
  ? [[86400, "天"], [3600, "小時"], [60, "分"], [1, "秒"], [0.001, "毫秒"]]
  : [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [0.001, "ms"]];
const BYTES = ["B", "kB", "MB", "GB", "TB"];

function digits(value, most) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: most, useGrouping: true }).format(value);
}

function significant(value) {
  const size = Math.abs(value);
  return digits(value, size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
}

function percent(value) {
  const shown = value * 100;
  const near = Math.min(Math.abs(shown), Math.abs(100 - shown)); // 99.98 % and 0.02 % deserve their decimals
  return `${digits(shown, near === 0 ? 0 : near < 1 ? 2 : near < 10 ? 1 : 0)} %`;
}

function seconds(value) {
  const size = Math.abs(value);
  if (size === 0) return `0 ${SPANS[3][1]}`;
  const [length, name] = SPANS.find(([length], place) => size >= (place < 3 ? length * 2 : length)) ?? SPANS[4];
  return `${significant(value / length)} ${name}`;
}

function bytes(value) {
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), BYTES.length - 1);
  return `${significant(value / 1000 ** power)} ${BYTES[power]}`;
}

const OWN = { ratio: percent, seconds, bytes };

// The number with its unit, as in a tile or a legend.
export function say(value, unit, words) {
  if (value === null || value === undefined) return "–";
  if (OWN[unit]) return OWN[unit](value);
  return `${significant(value)} ${words[`unit-${unit}`] ?? unit}`.trim();
}

// The number as at an axis: its unit stands above the graph, unless it is part of the number.
export function tick(value, unit) {
  if (OWN[unit]) return OWN[unit](value);
  if (Math.abs(value) >= 10000) return new Intl.NumberFormat(language, { notation: "compact" }).format(value);
  return significant(value);
}

export function unitName(unit, words) {
  return OWN[unit] ? "" : words[`unit-${unit}`] ?? unit;
}

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const minute = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language, { month: "numeric", day: "numeric" });

// A moment (Unix seconds) as exactly as the distance between two of its kind demands.
export function moment(at, apart) {
  const date = new Date(at * 1000);
  if (apart >= 86400) return day.format(date);
  const time = (apart < 60 ? clock : minute).format(date);
  return date.toDateString() === new Date().toDateString() ? time : `${day.format(date)} ${time}`;
}
