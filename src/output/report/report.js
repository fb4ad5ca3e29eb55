// The report's behavior: charts, choices, sorting, filtering, downloads. It arranges numbers and computes none.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const media = (query) => window.matchMedia(query);

  /** An element with attributes and children; attributes that are null are left out. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  // Looks: the colors, dashes and symbols of the figures.

  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const ink = (look) => style(`--ink-${look % data.colors}`);
  const lookOf = (look) => data.looks[look % data.looks.length];

  const SYMBOLS = {
    circle: (x, y, r) => { const path = new Path2D(); path.arc(x, y, r, 0, 2 * Math.PI); return path; },
    square: (x, y, r) => corners(x, y, 0.89 * r, [[-1, -1], [1, -1], [1, 1], [-1, 1]]),
    up: (x, y, r) => corners(x, y, 1.4 * r, [[0, -1], [0.866, 0.5], [-0.866, 0.5]]),
    diamond: (x, y, r) => corners(x, y, 1.28 * r, [[0, -1], [1, 0], [0, 1], [-1, 0]]),
    down: (x, y, r) => corners(x, y, 1.4 * r, [[0, 1], [0.866, -0.5], [-0.866, -0.5]]),
  };

  function corners(x, y, r, points) {
    const path = new Path2D();
    points.forEach(([dx, dy], index) => path[index ? "lineTo" : "moveTo"](x + r * dx, y + r * dy));
    path.closePath();
    return path;
  }

  /** A piece of the line with its symbol, as a picture beside a label. */
  const swatch = (look, isBound, isSolid, mark) => {
    const { dash, symbol } = lookOf(look);
    const shapes = {
      circle: '<circle cx="24" cy="6" r="4"/>',
      square: '<rect x="20.4" y="2.4" width="7.2" height="7.2"/>',
      up: '<path d="M24 .4 28.8 8.8H19.2Z"/>',
      diamond: '<path d="M24 .9 29.1 6 24 11.1 18.9 6Z"/>',
      down: '<path d="M24 11.6 28.8 3.2H19.2Z"/>',
    };
    const box = make("span", { "aria-hidden": "true", class: "key" });
    const line = mark === "points" ? "" : `<path d="M0 6H${isBound || mark === "step" ? 32 : 24}" fill="none"
      stroke="currentColor" stroke-width="2.4" stroke-dasharray="${(isBound ? [3, 3] : isSolid ? [] : dash).join(" ")}"/>`;
    const shape = isBound || mark === "step" ? "" : mark === "points" ? '<circle cx="16" cy="6" r="3.6"/>' : shapes[symbol];
    const bar = '<rect x="8" y="0" width="16" height="12" fill-opacity="0.4"/>';
    // Nothing in this text comes from the tables.
    box.innerHTML = `<svg width="32" height="12" viewBox="0 0 32 12" style="color:var(--ink-${look % data.colors})">
      <g fill="currentColor">${mark === "bars" ? bar : line + shape}</g></svg>`;
    return box;
  };

  for (const place of document.querySelectorAll(".swatch[data-look]")) {
    place.replaceWith(swatch(Number(place.dataset.look), false, false, "line"));
  }

  // Numbers for people.

  const PREFIXES = ["p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E"];
  const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const minus = (text) => text.replace("-", "−");
  const powerOfTen = (exponent) => "10" + [...String(exponent)].map((digit) => RAISED[digit]).join("");

  /** That many significant `digits`, with a raised power of ten where decimals would be long. */
  function significant(value, digits) {
    if (value === 0) return "0";
    const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
    if (exponent >= -4 && exponent < 6) return minus(value.toFixed(Math.max(0, digits - 1 - exponent)));
    return minus(value.toExponential(digits - 1).split("e")[0]) + "×" + powerOfTen(exponent);
  }

  /** With the unit's prefix, such as 4.56 Mbit. */
  function withUnit(value, unit, digits) {
    if (!unit || value === 0) return significant(value, digits) + (unit ? ` ${unit}` : "");
    const thousands = Math.floor(Number(value.toExponential(digits - 1).split("e")[1]) / 3);
    const prefix = PREFIXES[thousands + 4];
    if (prefix === undefined) return `${significant(value, digits)} ${unit}`;
    return `${Number((value / 1000 ** thousands).toPrecision(digits))} ${prefix}${unit}`;
  }

  const valueText = (value, axis, digits = 4) =>
    !axis.unit && Number.isInteger(value) && Math.abs(value) < 1e6 ? minus(String(value)) : withUnit(value, axis.unit, digits);

  // Axes.

  /** The places of labels on a logarithmic axis: decades, their 2 and 5, or steps where less than a decade is seen. */
  function logSplits(low, high, room) {
    if (!(low > 0 && Number.isFinite(high))) return [];
    const decades = Math.log10(high / low);
    if (decades < 0.7) return linearSplits(low, high, room);
    const exponents = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) exponents.push(e);
    const digits = decades * 3 <= room ? [1, 2, 5] : [1];
    const step = Math.max(1, Math.ceil(decades / room));
    return exponents
      .filter((e) => e % step === 0)
      .flatMap((e) => digits.map((digit) => Number(`${digit}e${e}`)))
      .filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
  }

  function linearSplits(low, high, room) {
    const rough = (high - low) / Math.max(2, room);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= 0.999 * rough) * power;
    const splits = [];
    // Multiples of a step that is too small would not end.
    if (!(step > 1e-12 * Math.max(Math.abs(low), Math.abs(high)) && Number.isFinite(step))) return splits;
    for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) {
      splits.push(Number((k * step).toPrecision(12)));
    }
    return splits;
  }

  function tickText(value, splits, axis, isLog) {
    if (value === 0) return "0";
    const largest = Math.max(...splits.map(Math.abs));
    if (axis.unit) return withUnit(value, "", 6).includes("×") ? significant(value, 2) : prefixed(value);
    const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
    const isDecade = Math.abs(value / 10 ** exponent - 1) < 1e-6;
    const smallest = Math.min(...splits.filter((split) => split !== 0).map(Math.abs));
    if (isLog && (smallest < 1e-3 || largest >= 1e5)) {
      if (isDecade) return powerOfTen(exponent);
      return `${minus(String(Number((value / 10 ** exponent).toPrecision(4))))}×${powerOfTen(exponent)}`;
    }
    if (largest >= 1e6 || largest < 1e-3) {
      const shared = Math.floor(Math.log10(largest) + 1e-9);
      return `${minus(String(Number((value / 10 ** shared).toPrecision(4))))}×${powerOfTen(shared)}`;
    }
    return minus(String(Number(value.toPrecision(6))));
  }

  function prefixed(value) {
    const thousands = Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9);
    const prefix = PREFIXES[thousands + 4] ?? "";
    return minus(`${Number((value / 1000 ** thousands).toPrecision(6))}${prefix && ` ${prefix}`}`);
  }

  const axisText = (axis) => axis.label + (axis.unit ? ` [${axis.unit}]` : "");

  // A panel: one chart at a time, what chooses it, its legend, and its buttons.

  /** The width of a chart that fits on A4 and on letter paper. */
  const PAPER_WIDTH = 630;
  let onPaper = media("print").matches;
  let panels = 0;

  class Panel {
    constructor(place, given) {
      this.place = place;
      this.given = given;
      this.id = `panel-${++panels}`;
      this.isBig = "big" in place.dataset;
      this.hidden = new Set();
      this.single = false;
      this.zoomed = null;
      this.scales = {};
      const first = given.views[0];
      this.chosen = first ? [...first.chosen] : given.choices.map((choice) => choice.options[0][0]);
      if (first) this.scales = { x: first.x, y: first.y };
      this.build();
      this.draw();
    }

    get chart() {
      const { charts } = this.given;
      const key = this.chosen.join("|");
      return charts[key] ?? charts[[...this.chosen.slice(0, -1), "*"].join("|")] ?? null;
    }

    get isWild() {
      return !(this.chosen.join("|") in this.given.charts);
    }

    scaleOf(axis) {
      return this.scales[axis] ?? this.chart?.[axis].scale ?? "linear";
    }

    get curves() {
      const chart = this.chart;
      return chart ? (this.single && chart.runs.length ? chart.runs : chart.curves) : [];
    }

    build() {
      const { given, id } = this;
      this.controls = make("div", { class: "controls" });
      if (given.views.length > 1) {
        const views = make("div", { class: "views", role: "group", "aria-label": "Views of the experiment" });
        this.views = given.views.map((view) => {
          const button = make("button", { type: "button" }, view.label);
          button.addEventListener("click", () => {
            this.chosen = [...view.chosen];
            this.scales = { x: view.x, y: view.y };
            this.zoomed = null;
            this.draw();
          });
          views.append(button);
          return button;
        });
        this.place.append(views);
      }
      this.selects = given.choices.map((choice, index) => {
        const select = make("select", { id: `${id}-choice-${index}`, title: choice.label });
        for (const [value, label] of choice.options) select.append(make("option", { value }, label));
        select.addEventListener("change", () => {
          this.chosen[index] = select.value;
          this.scales = {};
          this.zoomed = null;
          if (!this.chart) this.chosen = this.nearest(index);
          this.draw();
        });
        const field = make("label", { class: "field" }, make("span", {}, choice.label), select);
        if (choice.options.length < 2) field.hidden = true;
        this.controls.append(field);
        return select;
      });
      this.toggles = {};
      const toggle = (name, label, title, act) => {
        const button = make("button", { type: "button", class: "toggle", title, "data-action": name }, label);
        button.addEventListener("click", () => act(button));
        this.toggles[name] = button;
        this.controls.append(button);
      };
      for (const axis of ["x", "y"]) {
        toggle(`log-${axis}`, `log ${axis}`, `Logarithmic ${axis === "x" ? "horizontal" : "vertical"} axis`, () => {
          this.scales = { ...this.scales, [axis]: this.scaleOf(axis) === "log" ? "linear" : "log" };
          this.zoomed = null;
          this.draw();
        });
      }
      toggle("seeds", "every seed", "A line for every seed instead of median and band", () => {
        this.single = !this.single;
        this.draw();
      });
      const zoom = (name, label, title, factor) => toggle(name, label, title, () => this.zoom(factor));
      zoom("zoom-in", "+", "Zoom in (key +)", 0.6);
      zoom("zoom-out", "−", "Zoom out (key −)", 1 / 0.6);
      toggle("reset", "whole", "Show everything again (key 0)", () => this.reset());

      this.canvas = make("div", {
        class: "canvas", role: "group", tabindex: "0", "aria-describedby": `${id}-keys`, "data-state": "{}",
      });
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      this.vertical = make("p", { class: "vertical", "aria-hidden": "true" });
      this.read = make("p", { class: "read", "aria-live": "polite" });
      this.legend = make("ul", { class: "legend" });
      this.caption = make("p", { class: "caption small" });
      const keys = make("p", { class: "keys small", id: `${id}-keys` },
        "Drag to zoom, double-click for everything. With the keyboard: ← → walk along the values, + − zoom, 0 shows everything.");
      this.place.append(this.controls, this.vertical, this.canvas, this.read, this.legend, this.caption, keys);
    }

    /** The first combination that has a chart with the value chosen last. */
    nearest(index) {
      const key = Object.keys(this.given.charts).find((key) => key.split("|")[index] === this.chosen[index]);
      return key ? key.split("|").map((value, place) => (value === "*" ? this.chosen[place] : value)) : this.chosen;
    }

    reset() {
      this.zoomed = null;
      this.draw();
    }

    zoom(factor) {
      const { plot } = this;
      if (!plot) return;
      const middle = plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null;
      this.setRange("x", factor, middle);
      this.setRange("y", factor, null);
      this.draw();
    }

    setRange(axis, factor, about) {
      const isLog = this.scaleOf(axis) === "log";
      const to = isLog ? Math.log10 : (value) => value;
      const back = isLog ? (value) => 10 ** value : (value) => value;
      const [low, high] = this.ranges[axis].map(to);
      const middle = about === null ? (low + high) / 2 : to(about);
      const part = about === null ? 0.5 : (middle - low) / (high - low);
      const length = (high - low) * factor;
      this.zoomed = { ...this.zoomed, [axis]: [back(middle - part * length), back(middle + (1 - part) * length)] };
    }

    key(event) {
      const { plot } = this;
      if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) this.walk(step);
      else if (event.key === "+" || event.key === "=") this.zoom(0.6);
      else if (event.key === "-") this.zoom(1 / 0.6);
      else if (event.key === "0" || event.key === "Escape") this.reset();
      else return;
      event.preventDefault();
    }

    /** To the next place at which some curve has a value, within what is seen. */
    walk(step) {
      const { plot } = this;
      const xs = plot.data[0];
      const { min, max } = plot.scales.x;
      const seen = xs.map((x, index) => [x, index]).filter(([x]) => x >= min && x <= max);
      if (!seen.length) return;
      const at = seen.findIndex(([, index]) => index === this.at);
      const next = at < 0 ? (step > 0 ? 0 : seen.length - 1) : Math.min(seen.length - 1, Math.max(0, at + step));
      const [x, index] = seen[next];
      plot.setCursor({ left: plot.valToPos(x, "x"), top: plot.over.clientHeight / 2 });
      this.at = index;
      this.say(index);
    }

    draw() {
      const chart = this.chart;
      this.plot?.destroy();
      this.plot = null;
      this.canvas.replaceChildren();
      this.selects.forEach((select, index) => { select.value = this.chosen[index]; });
      if (this.selects.length > 1) {
        const last = this.selects.length - 1;
        this.selects[last].closest(".field").hidden = this.isWild || this.given.choices[last].options.length < 2;
      }
      this.views?.forEach((button, index) => {
        const view = this.given.views[index];
        const isCurrent = view.chosen.join("|") === this.chosen.join("|");
        button.setAttribute("aria-pressed", String(isCurrent));
      });
      for (const axis of ["x", "y"]) this.toggles[`log-${axis}`].setAttribute("aria-pressed", String(this.scaleOf(axis) === "log"));
      this.toggles.seeds.setAttribute("aria-pressed", String(this.single));
      this.toggles.seeds.hidden = !chart?.runs.length;
      this.toggles.reset.disabled = !this.zoomed;
      this.read.textContent = "";
      this.at = null;
      if (!chart) {
        this.canvas.textContent = "There is nothing to draw for this choice.";
        this.legend.replaceChildren();
        return;
      }
      this.canvas.setAttribute("aria-label", `Chart: ${chart.y.label} against ${chart.x.label}`);
      this.vertical.textContent = axisText(chart.y);
      this.caption.textContent = chart.caption;
      this.drawLegend();
      this.plotChart();
      this.tell();
    }

    drawLegend() {
      const chart = this.chart;
      const hasBound = chart.curves.some((curve) => curve.bound);
      this.values = new Map();
      const items = chart.curves.map((curve) => {
        const value = make("span", { class: "value" });
        this.values.set(curve.key, value);
        const button = make("button", {
          type: "button", title: curve.key, "aria-pressed": String(!this.hidden.has(curve.key)), "data-key": curve.key,
        }, swatch(curve.look, curve.bound, hasBound, curve.mark), make("span", { class: "name" }, curve.label), value);
        button.addEventListener("click", () => {
          this.hidden.has(curve.key) ? this.hidden.delete(curve.key) : this.hidden.add(curve.key);
          this.draw();
          this.legend.querySelector(`[data-key="${CSS.escape(curve.key)}"]`)?.focus();
        });
        return make("li", {}, button);
      });
      for (const [label, y] of chart.references) {
        items.push(make("li", { class: "reference" }, make("span", { class: "rule" }), `${label}: ${valueText(y, chart.y)}`));
      }
      if (chart.curves.length > 2) {
        const isAll = chart.curves.every((curve) => !this.hidden.has(curve.key));
        const all = make("button", { type: "button", class: "all" }, isAll ? "hide all" : "show all");
        all.addEventListener("click", () => {
          chart.curves.forEach((curve) => (isAll ? this.hidden.add(curve.key) : this.hidden.delete(curve.key)));
          this.draw();
          this.legend.querySelector(".all")?.focus();
        });
        items.push(make("li", {}, all));
      }
      this.legend.replaceChildren(...items);
    }

    /** The points that the scales can draw; others interrupt the line. */
    columns() {
      const [xLog, yLog] = ["x", "y"].map((axis) => this.scaleOf(axis) === "log");
      return this.curves.filter((curve) => !this.hidden.has(curve.key)).map((curve) => {
        const [xs, ys] = [data.lists[curve.x], data.lists[curve.y]];
        const [low, high] = [data.lists[curve.low] ?? [], data.lists[curve.high] ?? []];
        const kept = xs.map((_, at) => at).filter((at) => xs[at] !== null && (!xLog || xs[at] > 0));
        const drawn = (value) => (value === null || value === undefined || (yLog && value <= 0) ? null : value);
        const y = kept.map((at) => drawn(ys[at]));
        return {
          curve,
          x: kept.map((at) => xs[at]),
          y,
          // Where the lower end cannot be drawn, the band reaches down to the line.
          low: kept.map((at, place) => (high.length ? drawn(low[at]) ?? y[place] : null)),
          high: kept.map((at) => (high.length ? drawn(high[at]) : null)),
        };
      });
    }

    range(axis, columns) {
      if (this.zoomed?.[axis]) return this.zoomed[axis];
      const isLog = this.scaleOf(axis) === "log";
      let values = columns.flatMap((column) => (axis === "x" ? column.x : [...column.y, ...column.low, ...column.high]));
      if (axis === "y") values = values.concat(this.chart.references.map(([, y]) => y));
      values = values.filter((value) => value !== null && (!isLog || value > 0));
      // As in figures: less is drawn as zero, at the lower end of a log axis, and no end leaves what a number holds.
      const smallest = 1e-300;
      if (isLog) values = values.map((value) => Math.max(value, smallest));
      const held = (low, high) => [Math.max(low, isLog ? 2.3e-308 : -Number.MAX_VALUE), Math.min(high, Number.MAX_VALUE)];
      if (!values.length) return isLog ? [1, 10] : [0, 1];
      let low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
      if (isLog) {
        if (high / low < 1 + 1e-9) return held(low / 3, high * 3);
        const room = 10 ** (0.04 * (Math.log10(high) - Math.log10(low)));
        return held(axis === "x" ? low : low / room, high * room);
      }
      if (Math.max(Math.abs(low), Math.abs(high)) < smallest) return [-1, 1];
      if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
        const room = 0.1 * Math.abs(high);
        return held(low - room, high + room);
      }
      const room = 0.04 * (high - low);
      if (low >= 0 && low <= 0.15 * high) return held(0, high + room);
      return held(axis === "x" ? low : low - room, high + room);
    }

    plotChart() {
      const { chart } = this;
      const columns = this.columns();
      this.drawn = columns;
      const tables = columns.map(({ x, y, low, high }) => [x, y, low, high]);
      const joined = tables.length ? uPlot.join(tables, tables.map((table) => table.map(() => 1))) : [[], []];
      const [text, grid, back] = [style("--soft"), style("--grid"), style("--paper")];
      const [xLog, yLog] = ["x", "y"].map((axis) => this.scaleOf(axis) === "log");
      const width = onPaper ? PAPER_WIDTH : Math.max(240, Math.floor(this.canvas.clientWidth) - 8);
      const [part, most] = onPaper ? (this.isBig ? [0.5, 330] : [0.27, 170]) : this.isBig ? [0.62, 440] : [0.6, 300];
      const height = Math.round(Math.min(most, Math.max(onPaper ? 160 : 200, width * part)));
      const font = `12px ${style("--sans")}`;
      const axis = (name, isLog, room) => ({
        scale: name, stroke: text, font, labelFont: font, labelGap: 2,
        grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 },
        // The vertical axis is named above it, where it can be read without turning the head.
        ...(name === "x" && { label: axisText(chart.x), labelSize: 20 }),
        size: name === "x" ? 30 : (self, values) => {
          const longest = (values ?? []).reduce((longest, value) => Math.max(longest, [...String(value)].length), 1);
          return 14 + 6.8 * longest;
        },
        filter: (self, splits) => splits,
        splits: (self, index, min, max) => (isLog ? logSplits(min, max, room) : linearSplits(min, max, room)),
        values: (self, splits) => splits.map((split) => tickText(split, splits, chart[name], isLog)),
      });
      const hasBound = chart.curves.some((curve) => curve.bound);
      const series = [{}];
      const bands = [];
      for (const { curve, high } of columns) {
        const color = ink(curve.look);
        // Beside a bound, which is dashed, what was observed is solid.
        const dash = hasBound ? [] : lookOf(curve.look).dash;
        const isBars = curve.mark === "bars", isPoints = curve.mark === "points";
        const paths = isBars || curve.mark === "step" ? uPlot.paths.stepped({ align: 1 }) : isPoints ? () => null : undefined;
        const at = series.length;
        series.push({
          label: curve.label, stroke: color, width: isBars ? 1 : 2, dash: curve.bound ? [4, 4] : isBars ? [] : dash,
          spanGaps: false, paths, fill: isBars ? color + "44" : undefined,
          fillTo: (self) => (yLog ? self.scales.y.min : 0),
          points: isPoints ? { show: true, size: 7, fill: color, stroke: color } : { show: false },
          alpha: this.single && curve.mark === "line" ? 0.65 : 1,
        });
        const edge = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: false };
        series.push({ ...edge, label: "low" }, { ...edge, label: "high" });
        if (high.some((value) => value !== null)) bands.push({ series: [at + 2, at + 1], fill: color + "2b" });
      }
      const ranges = { x: this.range("x", columns), y: this.range("y", columns) };
      this.ranges = ranges;
      this.plot = new uPlot({
        width, height, series, bands, legend: { show: false }, padding: [12, 14, 0, 0],
        scales: {
          x: { time: false, distr: xLog ? 3 : 1, range: () => ranges.x },
          y: { distr: yLog ? 3 : 1, range: () => ranges.y },
        },
        axes: [axis("x", xLog, Math.max(3, Math.min(8, width / 90))), axis("y", yLog, Math.max(3, Math.min(7, height / 45)))],
        cursor: {
          drag: { x: true, y: true, uni: 24, dist: 6, setScale: false },
          points: { show: false },
          focus: { prox: -1 },
          bind: { dblclick: () => () => { this.reset(); return null; } },
        },
        hooks: {
          setCursor: [(plot) => this.hover(plot)],
          setSelect: [(plot) => this.select(plot)],
          draw: [(plot) => this.decorate(plot, back)],
        },
      }, joined.length > 1 ? joined : [[0], [null]], this.canvas);
    }

    /** Zooms into what was dragged over. */
    select(plot) {
      const { left, top, width, height } = plot.select;
      if (width < 6 && height < 6) return;
      const x = width < 6 ? null : [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
      const y = height < 6 ? null : [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")];
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      this.zoomed = { ...this.zoomed, ...(x && { x }), ...(y && { y }) };
      queueMicrotask(() => this.draw());
    }

    /** References, the symbols at the ends of lines, and the value that is read. */
    decorate(plot, back) {
      const { ctx } = plot;
      const { left, top, width, height } = plot.bbox;
      const ratio = devicePixelRatio || 1;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left - 6 * ratio, top - 6 * ratio, width + 14 * ratio, height + 12 * ratio);
      ctx.clip();
      ctx.strokeStyle = style("--soft");
      ctx.lineWidth = 1.4 * ratio;
      for (const [, y] of this.chart.references) {
        const at = plot.valToPos(y, "y", true);
        ctx.setLineDash([6 * ratio, 4 * ratio]);
        ctx.beginPath();
        ctx.moveTo(left, at);
        ctx.lineTo(left + width, at);
        ctx.stroke();
      }
      ctx.setLineDash([]);
      for (const { curve, x, y } of this.drawn) {
        if (curve.end === "plain" || curve.bound) continue;
        let last = y.length - 1;
        while (last >= 0 && y[last] === null) last -= 1;
        if (last < 0) continue;
        const [px, py] = [plot.valToPos(x[last], "x", true), plot.valToPos(y[last], "y", true)];
        if (px < left - 1 || px > left + width + 1 || py < top - 1 || py > top + height + 1) continue;
        const color = ink(curve.look);
        if (curve.end === "diverged") {
          const arm = 5 * ratio;
          for (const [w, c] of [[5 * ratio, back], [2.6 * ratio, color]]) {
            ctx.lineWidth = w;
            ctx.strokeStyle = c;
            ctx.beginPath();
            ctx.moveTo(px - arm, py - arm);
            ctx.lineTo(px + arm, py + arm);
            ctx.moveTo(px - arm, py + arm);
            ctx.lineTo(px + arm, py - arm);
            ctx.stroke();
          }
        } else {
          const path = SYMBOLS[lookOf(curve.look).symbol](px, py, 4.6 * ratio);
          ctx.lineWidth = 2.6 * ratio;
          ctx.strokeStyle = back;
          ctx.stroke(path);
          ctx.fillStyle = color;
          ctx.fill(path);
        }
      }
      ctx.restore();
    }

    hover(plot) {
      if (this.plot !== plot) return;
      const { left, top } = plot.cursor;
      if (left === undefined || left < 0) {
        if (this.at === null) return;
        this.at = null;
        this.read.textContent = "";
        this.values.forEach((place) => { place.textContent = ""; });
        return;
      }
      const xs = plot.data[0];
      if (!xs.length) return;
      const pixels = xs.map((x) => Math.abs(plot.valToPos(x, "x") - left));
      this.say(pixels.indexOf(Math.min(...pixels)), top);
    }

    /** The values of all curves at the place nearest to a value of the horizontal axis, and most of the nearest curve. */
    say(index, top = null) {
      const { plot, chart } = this;
      this.at = index;
      const x = plot.data[0][index];
      const at = plot.valToPos(x, "x");
      const text = (value) => valueText(value, chart.y);
      const found = [];
      for (const { curve, x: xs, y, low, high } of this.drawn) {
        let best = -1, distance = Infinity;
        xs.forEach((own, place) => {
          const away = Math.abs(plot.valToPos(own, "x") - at);
          if (y[place] !== null && away < distance) [best, distance] = [place, away];
        });
        if (best < 0 || distance > 40) continue;
        const hasBand = low[best] !== null && high[best] !== null && low[best] !== high[best];
        const words = text(y[best]) + (hasBand ? ` (${text(low[best])} to ${text(high[best])})` : "");
        found.push({ curve, words, value: text(y[best]), away: top === null ? 0 : Math.abs(plot.valToPos(y[best], "y") - top) });
      }
      const nearest = top === null ? null : found.reduce((best, own) => (best && best.away <= own.away ? best : own), null);
      const place = `${chart.x.label} ${valueText(x, chart.x)}`;
      this.values.forEach((cell, key) => {
        // Of several seeds the legend shows the one that is pointed at.
        const own = this.single ? (nearest?.curve.key === key ? nearest : null) : found.find(({ curve }) => curve.key === key);
        cell.textContent = own?.value ?? "";
        cell.parentElement.classList.toggle("near", nearest?.curve.key === key);
      });
      const all = found.map(({ curve, words }) => `${curve.label} ${words}`);
      const said = nearest ? [`${nearest.curve.label} ${nearest.words}`] : all.slice(0, 4);
      this.read.textContent = [place, ...said].join(" · ");
      this.canvas.dataset.read = `${place}: ${all.join("; ")}`;
    }

    /** What is seen, for those who cannot see it and for tests. */
    tell() {
      this.canvas.dataset.state = JSON.stringify({
        chosen: this.chosen, x: this.scaleOf("x"), y: this.scaleOf("y"), single: this.single,
        shown: this.drawn.length, zoomed: this.zoomed, range: this.ranges,
      });
    }
  }

  // Charts are drawn when they come near to what is seen, and all of them for paper.

  const drawn = new Map();
  const open = (place) => {
    if (!drawn.has(place) && place.clientWidth > 0) drawn.set(place, new Panel(place, data.panels[place.dataset.panel]));
  };
  const places = [...document.querySelectorAll("[data-panel]")];
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) { open(target); near.unobserve(target); }
    }
  }, { rootMargin: "600px" });
  places.forEach((place) => near.observe(place));
  const redraw = () => drawn.forEach((panel) => panel.draw());

  let width = innerWidth;
  let waiting = 0;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 120);
  });

  // Paper is white and narrow.
  const paper = (isPaper) => {
    onPaper = isPaper;
    if (isPaper) places.forEach(open);
    redraw();
  };
  media("print").addEventListener("change", (event) => paper(event.matches));
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));

  // Light and dark.

  const theme = document.querySelector("button.theme");
  const dark = media("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); redraw(); });
  dark.addEventListener("change", () => { label(); redraw(); });
  label();

  // Tables that sort and filter.

  for (const box of document.querySelectorAll(".sortable")) {
    const body = box.querySelector("tbody");
    const rows = [...body.rows];
    const heads = [...box.querySelectorAll("thead th")];
    heads.forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const isUp = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", other === head ? (isUp ? "ascending" : "descending") : "none"));
        const value = (row) => {
          const cell = row.cells[column];
          return cell.classList.contains("absent") ? null : cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
        };
        const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
        const sorted = [...rows].sort((a, b) => {
          const [left, right] = [value(a), value(b)];
          // What is absent stands last in either direction.
          if (left === null || right === null) return (left === null) - (right === null);
          return isUp ? compare(left, right) : compare(right, left);
        });
        body.append(...sorted);
      });
    });
    const field = box.querySelector(".filter");
    const input = field.querySelector("input");
    const output = field.querySelector("output");
    field.hidden = false;
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.dataset.text.toLowerCase();
        // A word must begin or end at a word of the row, so that `seed 1` is not `seed 12`.
        const isKept = words.every((word) => /^\d+$/.test(word) ? text.split(/[^\d.]+/).includes(word) : text.includes(word));
        row.hidden = !isKept;
        shown += isKept;
      }
      output.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
    };
    input.addEventListener("input", filter);
    filter();
  }

  // Files to take along.

  for (const list of document.querySelectorAll(".files")) {
    const files = data.files?.[list.dataset.folder] ?? {};
    for (const item of list.querySelectorAll("[data-file]")) {
      const name = item.dataset.file;
      if (!(name in files)) { item.append(" (not inside)"); continue; }
      const type = name.endsWith(".csv") ? "text/csv" : "application/json";
      const url = URL.createObjectURL(new Blob([files[name]], { type: `${type};charset=utf-8` }));
      item.firstChild.replaceWith(make("a", { href: url, download: name.split("/").at(-1) }, name), " ");
    }
  }
  for (const link of document.querySelectorAll("a.save")) {
    link.href = link.closest("figure").querySelector("img").src;
    link.download = link.dataset.name.split("/").at(-1);
  }

  for (const time of document.querySelectorAll("time[data-unix]")) {
    const date = new Date(Number(time.dataset.unix) * 1000).toISOString();
    time.dateTime = date;
    time.textContent = `${date.slice(0, 10)}, ${date.slice(11, 16)} UTC`;
  }

  // What stands open on paper is closed again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((own) => !own.closest("footer") && !own.matches(".silent"));
    opened.forEach((own) => { own.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((own) => { own.open = false; }));

  root.dataset.ready = "";
})();
