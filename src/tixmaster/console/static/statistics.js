// The graphs of the statistics: their numbers come with the page.
import { Panel } from "/static/plot.js";

const root = document.getElementById("statistics");
const words = JSON.parse(root.dataset.words);
const spoken = document.getElementById("spoken");

const panels = [...root.querySelectorAll("[data-panel]")].map((section) => {
  const { period, lines } = JSON.parse(section.dataset.series);
  const panel = new Panel(section, words, () => {}, (text) => { spoken.textContent = text; });
  panel.show({ lines, more: 0 }, period, []);
  return panel;
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => panels.forEach((panel) => panel.redraw()));
