// The graphs of an incident or of its evidence: one time axis for all, a stretch of it by dragging, the same stretch in the
// links beside it. `data-source` says where the numbers are, `data-every` how many seconds until they may be others.
import { Panel } from "/static/plot.js";
import { moment } from "/static/units.js";

const root = document.getElementById("graphs");
const words = JSON.parse(root.dataset.words);
const problem = document.getElementById("graphs-problem");
const spoken = document.getElementById("spoken");
const whole = document.getElementById("graphs-whole");
const panels = [...root.querySelectorAll("[data-panel]")].map(
  (section) => new Panel(section, words, zoom, (text) => { spoken.textContent = text; }),
);
const exact = (at) => new Date(at * 1000).toISOString().replace(/\.\d+/, "");
let chosen = null; // the stretch [from, to] that a person wants to see; null: all there is
let timer = null;
let turn = 0;

function tell(text) {
  problem.hidden = !text;
  problem.textContent = text ?? "";
}

// Dashboards and Grafana open at what is seen here.
function aimLinks(from, to) {
  for (const link of document.querySelectorAll("[data-dashboard]")) {
    const query = new URLSearchParams(link.search);
    query.set("from", exact(from));
    query.set("to", exact(Math.max(to, from + 60)));
    link.search = query.toString();
  }
  for (const link of document.querySelectorAll("[data-grafana]")) {
    const query = new URLSearchParams(link.search);
    query.set("from", Math.floor(from * 1000));
    query.set("to", Math.ceil(to * 1000));
    link.search = query.toString();
  }
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  const query = chosen ? new URLSearchParams({ from: exact(chosen[0]), to: exact(chosen[1]) }) : "";
  try {
    const answer = await fetch(`${root.dataset.source}?${query}`, { headers: { Accept: "application/json" } });
    if (answer.redirected) location.reload(); // to the log-in
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    if (mine === turn) show(found);
  } catch {
    if (mine === turn) tell(words["graph-gone"]);
  }
  const every = Number(root.dataset.every);
  if (every && !chosen && !document.hidden && mine === turn) timer = setTimeout(refresh, every * 1000);
}

function show(found) {
  tell(found.problem);
  root.classList.toggle("stale", Boolean(found.problem));
  if (found.problem) return;
  const unnamed = found.marks.map((mark) => ({ ...mark, label: null })); // named in the first graph, drawn in all
  panels.forEach((panel, place) => {
    const shown = found.panels[panel.id];
    if (shown) panel.show(shown, found, place ? unnamed : found.marks);
  });
  whole.hidden = !chosen;
  aimLinks(found.from, found.to);
  root.setAttribute("aria-label", `${moment(found.from, 1)} – ${moment(found.to, 1)}`);
}

function zoom(from, to) {
  const least = Number(root.dataset.least) || 1;
  const middle = (from + to) / 2;
  chosen = to - from < least ? [middle - least / 2, middle + least / 2] : [from, to];
  refresh();
}

whole.addEventListener("click", () => {
  chosen = null;
  refresh();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => panels.forEach((panel) => panel.redraw()));
refresh();
