// One panel: lines on one time axis with the others, marks, threshold, crosshair and legend; or bars of the present.
import { moment, say, tick, unitName } from "/static/units.js";

const PALETTE = 10;
const NEAR_PIXELS = 5;
const THRESHOLD_IN_SIGHT = 4; // a threshold is drawn once a line has come within a quarter of it
const SPANS = [0.0001, 0.001, 0.01, 0.1].flatMap((size) => [size, 2 * size, 5 * size]).concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800]);
const SPANNING = ["incident", "campaign", "on-sale", "downtime"];
const together = uPlot.sync("dashboard");

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function colour(line, place) {
  if (line.tone) return style(`--tone-${line.tone}`);
  return style(`--line-${(place % PALETTE) + 1}`);
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// The newest value; what ended before has none. The very last moment may not be measured yet.
function lastOf(line) {
  return line.values.at(-1) ?? line.values.at(-2) ?? null;
}

// The places of values that no line would show: those without a neighbour.
function alone(values) {
  const is = (value) => value !== null && value !== undefined;
  return [...values.keys()].filter((place) => is(values[place]) && !is(values[place - 1]) && !is(values[place + 1]));
}

export class Panel {
  constructor(section, words, zoom, announce) {
    this.section = section;
    this.words = words;
    this.zoom = zoom;
    this.announce = announce;
    this.id = section.dataset.panel;
    this.unit = section.dataset.unit;
    this.threshold = section.dataset.threshold === undefined ? null : Number(section.dataset.threshold);
    this.floor = Boolean(section.dataset.floor);
    this.height = Number(section.dataset.height);
    this.place = section.querySelector("[data-plot]");
    this.table = section.querySelector(".legend");
    this.empty = section.querySelector(".empty");
    this.plot = null;
    this.sayUnit();
    if (section.dataset.kind !== "bars") this.listenToKeys();
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  sayUnit() {
    const unit = unitName(this.unit, this.words);
    const objective = this.threshold === null ? "" :
      `${this.words["boards-objective"]} ${this.floor ? "≥" : "<"} ${tick(this.threshold, this.unit)}`;
    this.section.querySelector(".unit").textContent = [unit, objective].filter(Boolean).join(" · ");
  }

  // ── What came from the server ────────────────────────────────────────────────────────────────
  show(found, period, marks) {
    const bars = this.section.dataset.kind === "bars";
    const nothing = found.error || (bars ? !found.rows.length : !found.lines.some((line) => line.values.some((value) => value !== null)));
    this.empty.hidden = !nothing && !found.more;
    this.empty.textContent = found.error ?? (nothing ? this.words["boards-empty"] : this.words["boards-more"].replace("{count}", found.more));
    this.empty.classList.toggle("trouble", Boolean(found.error));
    this.place.hidden = Boolean(nothing);
    this.table.hidden = bars || Boolean(nothing);
    if (nothing) return this.clear();
    if (bars) return this.showBars(found);
    this.lines = found.lines;
    this.marks = marks;
    this.period = period;
    this.draw();
  }

  clear() {
    this.plot?.destroy();
    this.plot = null;
    this.place.replaceChildren();
    this.section.classList.remove("amiss");
  }

  redraw() {
    if (!this.plot) return;
    this.clear();
    this.draw();
  }

  fit() {
    if (this.plot && this.place.clientWidth && this.place.clientWidth !== this.plot.width) {
      this.plot.setSize({ width: this.place.clientWidth, height: this.plot.height });
    }
  }

  draw() {
    const times = [];
    for (let at = this.period.from; at <= this.period.to; at += this.period.step) times.push(at);
    const data = [times, ...this.lines.map((line) => line.values)];
    const shape = JSON.stringify([this.lines.map((line) => line.name), this.unit]);
    if (!this.plot || this.shape !== shape) {
      this.clear();
      this.shape = shape;
      this.plot = new uPlot(this.options(), data, this.place);
      this.note = this.plot.over.appendChild(element("div", "note"));
      this.makeLegend();
    } else {
      this.plot.setData(data);
    }
    this.describe();
    this.showLegend(this.plot.cursor.idx);
    // A legend of many lines scrolls, and then the keyboard must get into it.
    if (this.table.scrollHeight > this.table.clientHeight) this.table.tabIndex = 0;
    else this.table.removeAttribute("tabindex");
  }

  options() {
    const grid = { stroke: style("--line"), width: 1 };
    const axis = { stroke: style("--soft"), font: "12px system-ui, sans-serif", grid, ticks: { show: false } };
    return {
      width: this.place.clientWidth || 320,
      height: this.height,
      legend: { show: false },
      cursor: { sync: { key: together.key }, drag: { x: true, y: false, setScale: false }, points: { size: 7 }, y: false },
      scales: { x: { time: true }, y: { range: (_plot, low, high) => this.range(low, high) } },
      axes: [
        { ...axis, size: 28, space: 70, values: (_plot, splits, _axis, _space, apart) => splits.map((at) => moment(at, Math.max(apart, this.period.step))) },
        { ...axis, size: 58, space: 36, ...(this.unit === "seconds" && { incrs: SPANS }), values: (_plot, splits) => splits.map((value) => tick(value, this.unit)) },
      ],
      series: [{}, ...this.lines.map((line, place) => ({
        label: line.name,
        stroke: colour(line, place),
        width: line.tone === "reference" ? 1.25 : 1.75,
        dash: line.tone === "reference" ? [5, 4] : undefined,
        points: { size: 4, fill: colour(line, place), filter: (plot, number) => alone(plot.data[number]) },
      }))],
      hooks: {
        drawAxes: [(plot) => this.drawBehind(plot)],
        setCursor: [(plot) => { this.showLegend(plot.cursor.idx); this.showNote(plot); }],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
  }

  // From zero, so that a small change looks small; the threshold comes into sight when a line comes near it.
  range(low, high) {
    const bottom = Math.min(low ?? 0, 0);
    let top = Math.max(high ?? 0, 0);
    if (this.threshold !== null && (top === 0 || top * THRESHOLD_IN_SIGHT >= this.threshold)) top = Math.max(top, this.threshold);
    if (top === 0 && bottom === 0) return [0, 1];
    return [bottom * 1.1, top * 1.12];
  }

  // ── Behind the lines: what happened, and where trouble begins ────────────────────────────────
  drawBehind(plot) {
    const { ctx: canvas, bbox: box } = plot;
    const ratio = devicePixelRatio;
    canvas.save();
    canvas.beginPath();
    canvas.rect(box.left, box.top, box.width, box.height);
    canvas.clip();
    for (const mark of this.marks) this.drawMark(plot, canvas, box, mark, ratio);
    this.drawLabels(plot, canvas, box, ratio);
    if (this.threshold !== null) this.drawThreshold(plot, canvas, box, ratio);
    canvas.restore();
  }

  drawMark(plot, canvas, box, mark, ratio) {
    const at = plot.valToPos(mark.from, "x", true);
    canvas.fillStyle = canvas.strokeStyle = style(mark.kind === "incident" ? "--tone-trouble" : "--mark");
    if (SPANNING.includes(mark.kind) && mark.to !== null) {
      const end = plot.valToPos(mark.to, "x", true);
      canvas.globalAlpha = mark.kind === "incident" ? 0.13 : 0.05;
      canvas.fillRect(at, box.top, Math.max(end - at, 2 * ratio), box.height);
      canvas.globalAlpha = 1;
      canvas.fillRect(at, box.top, Math.max(end - at, 2 * ratio), 3 * ratio);
      return;
    }
    canvas.lineWidth = ratio;
    canvas.setLineDash([2 * ratio, 3 * ratio]);
    canvas.beginPath();
    canvas.moveTo(at, box.top);
    canvas.lineTo(at, box.top + box.height);
    canvas.stroke();
    canvas.setLineDash([]);
    canvas.beginPath();
    canvas.moveTo(at - 4 * ratio, box.top);
    canvas.lineTo(at + 4 * ratio, box.top);
    canvas.lineTo(at, box.top + 6 * ratio);
    canvas.fill();
  }

  // What stands beside a mark: a line lower wherever two would touch, on the other side at the right edge.
  drawLabels(plot, canvas, box, ratio) {
    const ends = [];
    canvas.font = `${11 * ratio}px system-ui, sans-serif`;
    canvas.textBaseline = "top";
    for (const mark of this.marks.filter((mark) => mark.label)) {
      const at = plot.valToPos(mark.from, "x", true) + 4 * ratio;
      if (at < box.left || at > box.left + box.width) continue;
      const width = canvas.measureText(mark.label).width;
      const left = at + width > box.left + box.width ? at - width - 8 * ratio : at;
      let row = ends.findIndex((end) => end + 6 * ratio < left);
      if (row < 0) row = ends.length;
      ends[row] = left + width;
      canvas.globalAlpha = 0.85;
      canvas.fillStyle = style("--surface");
      canvas.fillRect(left - 2 * ratio, box.top + (4 + 14 * row) * ratio, width + 4 * ratio, 14 * ratio);
      canvas.globalAlpha = 1;
      canvas.fillStyle = style(mark.kind === "incident" ? "--tone-trouble" : "--ink");
      canvas.fillText(mark.label, left, box.top + (5 + 14 * row) * ratio);
    }
  }

  drawThreshold(plot, canvas, box, ratio) {
    const at = plot.valToPos(this.threshold, "y", true);
    if (at < box.top || at > box.top + box.height) return;
    canvas.fillStyle = canvas.strokeStyle = style("--tone-trouble");
    canvas.globalAlpha = 0.06;
    if (!this.floor) canvas.fillRect(box.left, box.top, box.width, at - box.top);
    canvas.globalAlpha = 0.9;
    canvas.lineWidth = ratio;
    canvas.setLineDash([6 * ratio, 4 * ratio]);
    canvas.beginPath();
    canvas.moveTo(box.left, at);
    canvas.lineTo(box.left + box.width, at);
    canvas.stroke();
  }

  // ── Crosshair and legend ─────────────────────────────────────────────────────────────────────
  makeLegend() {
    const rows = this.lines.map((line, place) => {
      const row = element("tr");
      const name = element("th");
      name.scope = "row";
      const swatch = element("span", "swatch");
      swatch.style.background = colour(line, place);
      name.append(swatch, line.name || this.section.querySelector("h3").textContent.trim());
      row.append(name, element("td", "number"), element("td", "number"));
      return row;
    });
    this.table.tBodies[0].replaceChildren(...rows);
  }

  showLegend(index) {
    const under = index !== null && index !== undefined;
    this.table.querySelector("[data-at]").textContent =
      under ? moment(this.period.from + index * this.period.step, this.period.step) : this.words["boards-now"];
    let amiss = false;
    this.lines.forEach((line, place) => {
      const measured = line.values.filter((value) => value !== null);
      const cells = this.table.tBodies[0].rows[place].cells;
      const worst = measured.length ? (this.floor ? Math.min : Math.max)(...measured) : null;
      const shown = [under ? line.values[index] : lastOf(line), worst];
      shown.forEach((value, column) => { cells[column + 1].textContent = say(value, this.unit, this.words); });
      const beyond = this.beyond(lastOf(line)) && line.tone !== "reference";
      cells[1].classList.toggle("trouble", this.beyond(shown[0]));
      amiss ||= beyond;
    });
    this.section.classList.toggle("amiss", amiss);
  }

  beyond(value) {
    if (this.threshold === null || value === null || value === undefined) return false;
    return this.floor ? value < this.threshold : value >= this.threshold;
  }

  showNote(plot) {
    const { left } = plot.cursor;
    const under = left >= 0 ? this.marks.filter((mark) => {
      const start = plot.valToPos(mark.from, "x");
      const end = mark.to === null ? start : plot.valToPos(mark.to, "x");
      return left >= start - NEAR_PIXELS && left <= end + NEAR_PIXELS;
    }) : [];
    this.note.textContent = plot.over.matches(":hover, :focus-within") ? under.map((mark) => mark.text).join("\n") : "";
  }

  selected(plot) {
    const { left, width } = plot.select;
    if (width < 2 * NEAR_PIXELS) return;
    const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.zoom(from, to);
  }

  // ── Without eyes and without a mouse ─────────────────────────────────────────────────────────
  describe() {
    const parts = this.lines.map((line) => `${line.name} ${say(lastOf(line), this.unit, this.words)}`);
    this.place.setAttribute("aria-label", `${this.section.querySelector("h3").textContent.trim()}: ${parts.join("; ")}`);
  }

  listenToKeys() {
    this.place.tabIndex = 0;
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", this.section.querySelector("h3").textContent.trim());
    this.place.addEventListener("keydown", (event) => {
      if (!this.plot) return;
      const last = this.plot.data[0].length - 1;
      const from = this.plot.cursor.idx ?? last;
      const to = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 20, PageDown: from + 20, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.moveTo(Math.min(Math.max(to, 0), last));
    });
    this.place.addEventListener("blur", () => this.plot?.setCursor({ left: -10, top: -10 }));
  }

  moveTo(index) {
    const at = this.plot.data[0][index];
    this.plot.setCursor({ left: this.plot.valToPos(at, "x"), top: 10 });
    const values = this.lines.map((line) => `${line.name} ${say(line.values[index], this.unit, this.words)}`);
    const happened = this.marks.filter((mark) => Math.abs(mark.from - at) <= this.period.step || (mark.to && mark.from <= at && mark.to >= at));
    this.announce([moment(at, this.period.step), ...values, ...happened.map((mark) => mark.text)].join(", "));
  }

  // ── Bars ─────────────────────────────────────────────────────────────────────────────────────
  showBars(found) {
    const list = element("ul", "bars");
    for (const row of found.rows) {
      const all = row.values.reduce((sum, value) => sum + value, 0) || 1;
      const item = element("li");
      const bar = element("div", "bar");
      bar.setAttribute("aria-hidden", "true");
      const numbers = element("p", "numbers");
      found.parts.forEach((part, place) => {
        const piece = bar.appendChild(element("span"));
        piece.style.width = `${(100 * row.values[place]) / all}%`;
        piece.style.background = colour(part, place);
        const said = numbers.appendChild(element("span"));
        const swatch = said.appendChild(element("span", "swatch"));
        swatch.style.background = colour(part, place);
        said.append(`${part.name} ${say(row.values[place], "count", { "unit-count": "" })}`);
      });
      item.append(element("p", "name", row.name), bar, numbers);
      list.append(item);
    }
    this.place.replaceChildren(list);
  }
}
