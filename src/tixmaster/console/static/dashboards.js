// The dashboards: asks the server for what a board shows in the chosen time, hands it to tiles and panels, and again.
import { Panel } from "/static/plot.js";
import { moment, say } from "/static/units.js";

const board = document.getElementById("board");
const boards = document.getElementById("boards");
const problem = document.getElementById("problem");
const words = JSON.parse((board ?? boards).dataset.words);
const OVERVIEW_SECONDS = 10;
let seenAt = null;

async function ask(query) {
  const answer = await fetch(`/panels?${query}`, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.reload();
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail), { said: true });
  return body;
}

function tell(text) {
  problem.hidden = !text;
  problem.textContent = text ?? "";
  (board ?? boards).classList.toggle("stale", Boolean(text));
}

// What cannot be reached is said; what the server refused, it has said itself.
function explain(error) {
  tell(error.said ? error.message : words["boards-gone"].replace("{at}", seenAt ? moment(seenAt / 1000, 1) : "–"));
}

function showTiles(root, tiles) {
  for (const tile of root.querySelectorAll("[data-tile]")) {
    const found = tiles[tile.dataset.tile];
    if (!found) continue;
    const value = tile.querySelector(".value");
    value.textContent = found.error ? "–" : say(found.value, tile.dataset.unit, words);
    tile.title = found.error ?? "";
    tile.classList.toggle("amiss", Boolean(found.trouble));
    const usual = found.usual === undefined ? "" : `${found.usualName} ${say(found.usual, tile.dataset.unit, words)}`;
    const { threshold, floor, unit } = tile.dataset;
    const telling = threshold !== undefined && !["0", "1"].includes(threshold); // "fewer than one" goes without saying
    const objective = telling ? `${words["boards-objective"]} ${floor ? "≥" : "<"} ${say(Number(threshold), unit, words)}` : "";
    const broken = found.trouble && !telling ? words["boards-objective-broken"] : objective;
    tile.querySelector(".beside").textContent = [found.label, usual, broken].filter(Boolean).join(" · ");
  }
}

// ── All boards, each with its numbers ────────────────────────────────────────────────────────────
async function overview() {
  try {
    for (const item of boards.querySelectorAll("[data-board]")) {
      const found = await ask(new URLSearchParams({ dashboard: item.dataset.board, only: "" }));
      showTiles(item, found.tiles);
      tell(found.problem);
      seenAt = Date.now();
    }
  } catch (error) {
    explain(error);
  }
  setTimeout(overview, OVERVIEW_SECONDS * 1000);
}

// ── One board ────────────────────────────────────────────────────────────────────────────────────
function one() {
  const form = document.getElementById("when");
  const folded = document.getElementById("details");
  const spoken = document.getElementById("spoken");
  const panels = [...board.querySelectorAll("[data-panel]")].map(
    (section) => new Panel(section, words, zoom, (text) => { spoken.textContent = text; }),
  );
  let timer = null;
  let asking = 0;

  const chosen = () => new URLSearchParams(location.search);

  function go(changes) {
    const now = chosen();
    for (const [name, value] of Object.entries(changes)) value === null ? now.delete(name) : now.set(name, value);
    history.pushState(null, "", `?${now}`.replaceAll("%3A", ":"));
    arrive();
  }

  function zoom(from, to) {
    const exact = (at) => new Date(at * 1000).toISOString().replace(/\.\d+/, "");
    go({ range: null, from: exact(from), to: exact(Math.max(to, from + 60)) });
  }

  // Form, tabs and Grafana's link follow the address.
  function arrive() {
    const now = chosen();
    const exactly = now.has("from");
    const select = form.elements.range;
    const option = select.querySelector('option[value=""]');
    option.hidden = !exactly;
    const ends = () => ["from", "to"].map((name) => moment(Date.parse(now.get(name)) / 1000, 1)).join(" – ");
    option.textContent = exactly ? ends() : "";
    select.value = exactly ? "" : now.get("range") ?? select.querySelector("[selected]").value;
    const local = (text) => { const at = new Date(text); return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19); };
    for (const name of ["from", "to"]) if (exactly) form.elements[name].value = local(now.get(name));
    for (const link of document.querySelectorAll("[data-keep-time]")) {
      const kept = new URLSearchParams([...now].filter(([name]) => name !== "panel"));
      link.search = kept.toString();
    }
    for (const link of document.querySelectorAll("[data-panel-link]")) {
      const kept = new URLSearchParams([...now, ["panel", link.dataset.panelLink]].filter(([name, value]) => name !== "panel" || value === link.dataset.panelLink));
      link.search = kept.toString();
    }
    const grafana = document.querySelector("[data-grafana]");
    if (grafana) {
      const times = exactly ? { from: Date.parse(now.get("from")), to: Date.parse(now.get("to")) } : { from: `now-${select.value}`, to: "now" };
      grafana.search = new URLSearchParams(now.has("panel") ? { ...times, viewPanel: now.get("panel") } : times).toString();
    }
    refresh();
  }

  function inSight() {
    return panels.filter((panel) => folded.open || !folded.contains(panel.section));
  }

  async function refresh() {
    clearTimeout(timer);
    const turn = ++asking;
    const query = new URLSearchParams([...chosen()].filter(([name]) => ["range", "from", "to"].includes(name)));
    query.set("dashboard", board.dataset.board);
    query.set("only", inSight().map((panel) => panel.id).join(","));
    try {
      const found = await ask(query);
      if (turn !== asking) return; // another time was chosen meanwhile
      show(found);
    } catch (error) {
      if (turn === asking) explain(error);
    }
    plan();
  }

  function show(found) {
    tell(found.problem);
    if (found.problem && seenAt) return; // what was seen last stays, faintly
    showTiles(board, found.tiles);
    showMarks(found.marks);
    for (const panel of panels) {
      const shown = found.panels[panel.id];
      if (shown) panel.show(shown, found, found.marks);
    }
    if (!seenAt) aim(); // what was drawn above has moved it
    if (!found.problem) seenAt = Date.now();
  }

  function showMarks(marks) {
    const list = document.getElementById("marks");
    list.hidden = !marks.length;
    const count = new Map();
    for (const mark of marks) count.set(mark.kind, (count.get(mark.kind) ?? 0) + 1);
    const kinds = [...count].map(([kind, number]) => `${number} × ${words[`mark-${kind}`]}`);
    list.querySelector("summary").textContent = `${words["boards-marks"]}: ${kinds.join(" · ")}`;
    list.querySelector("ol").replaceChildren(...marks.toReversed().map((mark) => {
      const item = document.createElement("li");
      item.className = mark.kind;
      const time = document.createElement("time");
      time.textContent = moment(mark.from, 1);
      const text = document.createElement(mark.href ? "a" : "span");
      if (mark.href) text.href = mark.href;
      text.textContent = mark.text;
      item.append(time, " ", text);
      return item;
    }));
  }

  function plan() {
    clearTimeout(timer);
    const every = Number(form.elements.refresh.value);
    const moving = !chosen().has("to") || Date.parse(chosen().get("to")) > Date.now();
    if (every && moving && !document.hidden) timer = setTimeout(refresh, every * 1000);
  }

  // A link to one panel shows it first, unfolded.
  function aim() {
    const section = document.getElementById(`panel-${chosen().get("panel")}`);
    if (!section) return;
    if (folded.contains(section)) folded.open = true;
    section.classList.add("aimed");
    section.scrollIntoView({ block: "center", behavior: "instant" });
  }

  form.elements.range.addEventListener("change", () => go({ range: form.elements.range.value, from: null, to: null }));
  form.elements.refresh.addEventListener("change", () => {
    localStorage.setItem("refresh", form.elements.refresh.value);
    refresh();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [from, to] = ["from", "to"].map((name) => form.elements[name].valueAsNumber);
    if (!(from < to)) return;
    const offset = (at) => new Date(at + new Date(at).getTimezoneOffset() * 60000).getTime() / 1000;
    form.querySelector("details").open = false;
    zoom(offset(from), offset(to));
    for (const button of form.querySelectorAll("button")) setTimeout(() => { button.disabled = false; });
  });
  folded.addEventListener("toggle", refresh);
  addEventListener("popstate", arrive);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => panels.forEach((panel) => panel.redraw()));

  const kept = localStorage.getItem("refresh");
  if (kept !== null && form.querySelector(`[name=refresh] option[value="${CSS.escape(kept)}"]`)) form.elements.refresh.value = kept;
  aim();
  arrive();
}

if (board) one();
else overview();
