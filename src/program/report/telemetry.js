// SPDX-License-Identifier: Apache-2.0
// Draws the page from the JSON it carries. Every foreign string goes in as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);

  // ---- elements, numbers, times

  function el(tag, classes, ...children) {
    const node = document.createElement(tag);
    if (classes) node.className = classes;
    for (const child of children.flat())
      if (child !== null && child !== undefined && child !== false)
        node.append(child instanceof Node ? child : String(child));
    return node;
  }
  const whole = new Intl.NumberFormat("en-US");
  const count = (n) => whole.format(n);
  const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
  const iso = (ms) => new Date(ms).toISOString();
  const utc = (ms) => iso(ms).slice(0, 19).replace("T", " ") + " UTC";
  const number = (v) => (Number.isFinite(v) ? Number(v.toPrecision(5)).toString() : "not judged");
  const words = (name) => name.replaceAll("_", " ");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function unpack(text, Type) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Type(bytes.buffer);
  }

  // ---- a metric: its numbers, and which of them a plot of so many pixels needs

  function metricOf(card) {
    const times = unpack(card.times, Float64Array);
    const metric = {
      card, times,
      values: unpack(card.values, Float32Array),
      scores: card.tracks.map((t) => unpack(t.scores, Float32Array)),
      marked: new Uint8Array(times.length),  // any detector fired
      fired: card.tracks.map((t) => unpack(t.anomalies, Uint32Array)),
    };
    for (const list of metric.fired) for (const i of list) metric.marked[i] = 1;
    return metric;
  }
  /// The first point at or after this time.
  function lowerBound(times, at) {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /// Of each column of pixels the least, the greatest and the first marked point; all points where they are few.
  function needed(times, values, marked, from, to, columns) {
    const begin = Math.max(0, lowerBound(times, from) - 1), end = Math.min(times.length, lowerBound(times, to) + 1);
    const picked = [];
    if (end - begin <= 3 * columns) {
      for (let i = begin; i < end; ++i) picked.push(i);
      return picked;
    }
    for (let c = 0; c < columns; ++c) {
      const a = begin + Math.floor(((end - begin) * c) / columns), b = begin + Math.floor(((end - begin) * (c + 1)) / columns);
      let least = -1, most = -1, mark = -1;
      for (let i = a; i < b; ++i) {
        const v = values[i];
        if (v === v) {
          if (least < 0 || v < values[least]) least = i;
          if (most < 0 || v > values[most]) most = i;
        }
        if (mark < 0 && marked[i]) mark = i;
      }
      const here = [least, most, mark].filter((i, k, all) => i >= 0 && all.indexOf(i) === k).sort((x, y) => x - y);
      picked.push(...here);
    }
    return picked;
  }

  // ---- plots: the series above, the scores below, one range of time for all of a metric

  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
  let drawn = 0;

  function base(node, group) {
    return {
      labelsUTC: true,
      gridLineColor: style("--hair"),
      axisLineColor: style("--line"),
      axisLabelFontSize: 11,
      highlightCircleSize: 0,
      strokeWidth: 1,
      animatedZooms: false,
      rightGap: 8,
      axes: { x: { drawGrid: false }, y: { axisLabelWidth: 58 } },
      interactionModel: Object.assign({}, Dygraph.defaultInteractionModel, {
        dblclick: () => group.show(group.first, group.last),
        wheel: (event, g) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          const [a, b] = g.xAxisRange(), x = g.toDataXCoord(event.offsetX), f = event.deltaY > 0 ? 1.25 : 0.8;
          group.show(Math.max(group.first, x - (x - a) * f), Math.min(group.last, x + (b - x) * f));
        },
      }),
      zoomCallback: (from, to) => group.show(from, to),
      drawCallback: (g, first) => {
        if (first || group.busy) return;
        const [a, b] = g.xAxisRange();
        if (a !== group.from || b !== group.to) group.later(a, b);
      },
      highlightCallback: (event, x) => group.hover(x),
      unhighlightCallback: () => group.hover(null),
    };
  }

  class Group {
    constructor(metric) {
      this.metric = metric;
      const t = metric.times;
      this.first = this.from = t.length ? t[0] : 0;
      this.last = this.to = t.length ? t[t.length - 1] : 1;
      if (this.first === this.last) this.last = this.to = this.first + 1;
      this.charts = [];  // {chart, rows(from, to, columns), band}
      this.busy = false;
      this.frame = 0;
    }
    later(from, to) {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.show(from, to));
    }
    show(from, to) {
      if (this.busy) return;
      this.busy = true;
      this.from = from;
      this.to = to;
      for (const { chart, rows, node } of this.charts)
        chart.updateOptions({ file: rows(from, to, node.clientWidth || 900), dateWindow: [from, to] });
      this.busy = false;
    }
    hover(x) {
      const { times, values, scores } = this.metric;
      for (const { chart, band, readout, score } of this.charts) {
        if (x === null) {
          band.hidden = true;
          readout.textContent = "";
          continue;
        }
        let i = lowerBound(times, x);
        if (i > 0 && (i === times.length || x - times[i - 1] < times[i] - x)) --i;
        const begin = data.window_ms !== null ? times[i] - data.window_ms : times[Math.max(0, i + 1 - data.window_points)];
        const a = Math.max(chart.toDomXCoord(Math.max(begin, this.from)), chart.getArea().x), b = chart.toDomXCoord(times[i]);
        band.hidden = false;
        band.style.left = a + "px";
        band.style.width = Math.max(1, b - a) + "px";
        readout.textContent = score === null ? `${utc(times[i])}  value ${number(values[i])}` : `score ${number(scores[score][i])}`;
      }
    }
  }

  function frame(group, title, classes, score) {
    const readout = el("span", "when mono");
    const node = el("div", "plot " + classes);
    const band = el("div", "window-band");
    band.hidden = true;
    const box = el("div", "plot-frame", el("div", "plot-head", el("h3", "", title), readout), el("div", "plot-box", node, band));
    return { box, node, band, readout, score };
  }

  function drawValues(group, part) {
    const { times, values, marked, card } = group.metric;
    const rows = (from, to, columns) => {
      const picked = needed(times, values, marked, from, to, columns);
      return picked.length ? picked.map((i) => [new Date(times[i]), values[i], marked[i] ? values[i] : null]) : [[new Date(from), null, null]];
    };
    const chart = new Dygraph(part.node, rows(group.from, group.to, part.node.clientWidth || 900), Object.assign(base(part.node, group), {
      labels: ["time", "value", "anomaly"],
      dateWindow: [group.from, group.to],
      series: {
        value: { color: style("--new") },
        anomaly: { color: style("--tunnel"), strokeWidth: 0, drawPoints: true, pointSize: 3.5 },
      },
      underlayCallback: (context, area, g) => {
        context.fillStyle = style("--suspicious-wash");
        for (const [from, to] of card.gaps) {
          const a = Math.max(g.toDomXCoord(from), area.x), b = Math.min(g.toDomXCoord(to), area.x + area.w);
          if (b > a) context.fillRect(a, area.y, b - a, area.h);
        }
      },
    }));
    group.charts.push({ chart, rows, ...part });
    ++drawn;
  }

  function drawScore(group, part, which) {
    const { times, scores, fired } = group.metric;
    const threshold = data.thresholds[which], score = scores[which];
    const marked = new Uint8Array(times.length);
    for (const i of fired[which]) marked[i] = 1;
    let most = 0;
    for (const v of score) if (v > most) most = v;
    const top = threshold === null ? Math.max(most, 1) * 1.05 : Math.max(threshold * 1.6, Math.min(most * 1.05, threshold * 8));
    const at = (i) => (score[i] === score[i] ? Math.min(score[i], top) : null);
    const rows = (from, to, columns) => {
      const picked = needed(times, score, marked, from, to, columns);
      return picked.length ? picked.map((i) => [new Date(times[i]), at(i), marked[i] ? at(i) : null]) : [[new Date(from), null, null]];
    };
    const chart = new Dygraph(part.node, rows(group.from, group.to, part.node.clientWidth || 900), Object.assign(base(part.node, group), {
      labels: ["time", "score", "anomaly"],
      dateWindow: [group.from, group.to],
      valueRange: [0, top],
      series: {
        score: { color: style("--queries") },
        anomaly: { color: style("--tunnel"), strokeWidth: 0, drawPoints: true, pointSize: 2.5 },
      },
      underlayCallback: (context, area, g) => {
        if (threshold === null) return;
        const y = Math.round(g.toDomYCoord(threshold)) + 0.5;
        context.strokeStyle = style("--suspicious");
        context.setLineDash([5, 4]);
        context.beginPath();
        context.moveTo(area.x, y);
        context.lineTo(area.x + area.w, y);
        context.stroke();
        context.setLineDash([]);
      },
    }));
    group.charts.push({ chart, rows, ...part });
    ++drawn;
  }

  function fullCard(card) {
    const metric = metricOf(card), group = new Group(metric);
    const values = frame(group, "Values", "values", null);
    const parts = data.detectors.map((name, i) =>
      frame(group, `${words(name)}: ${plural(card.tracks[i].count, "anomaly", "anomalies")}` +
        (data.thresholds[i] === null ? "" : `, threshold ${number(data.thresholds[i])}`), "score", i));
    const node = el("section", "card metric",
      el("div", "metric-head", el("h2", "name", card.name),
        el("p", "quiet", `${plural(metric.times.length, "point", "points")}, ${plural(card.anomalies, "anomaly", "anomalies")}`)),
      values.box, parts.map((p) => p.box));
    return { node, draw: () => {
      drawValues(group, values);
      parts.forEach((part, i) => drawScore(group, part, i));
    } };
  }

  // ---- small multiples: a picture each, and all of it on request

  function smallCard(card) {
    const canvas = el("canvas", "small-plot");
    const node = el("button", "small", el("span", "name", card.name),
      el("span", "quiet", plural(card.anomalies, "anomaly", "anomalies")), canvas);
    node.type = "button";
    const draw = () => {
      const { times, values, marked } = metricOf(card);
      const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      const context = canvas.getContext("2d");
      context.scale(ratio, ratio);
      if (!times.length) return;
      const first = times[0], last = times[times.length - 1], picked = needed(times, values, marked, first, last, width);
      let low = Infinity, high = -Infinity;
      for (const i of picked) {
        low = Math.min(low, values[i]);
        high = Math.max(high, values[i]);
      }
      const x = (i) => 2 + ((width - 4) * (times[i] - first)) / (last - first || 1);
      const y = (i) => height - 4 - ((height - 8) * (values[i] - low)) / (high - low || 1);
      context.strokeStyle = style("--new");
      context.beginPath();
      picked.forEach((i, k) => (k ? context.lineTo(x(i), y(i)) : context.moveTo(x(i), y(i))));
      context.stroke();
      context.fillStyle = style("--tunnel");
      for (const i of picked) if (marked[i]) context.fillRect(x(i) - 1.5, y(i) - 1.5, 3, 3);
    };
    node.addEventListener("click", () => {
      const full = fullCard(card);
      node.replaceWith(full.node);
      full.node.classList.add("wide");
      full.draw();
    });
    return { node, draw };
  }

  // ---- the page

  const page = document.getElementById("page"), pending = [];
  const tile = (value, label) => el("div", "tile", el("b", "", value), el("span", "", label));
  page.append(
    el("p", "eyebrow", el("strong", "", "netanomaly " + data.version), el("span", "", "Telemetry"), el("span", "", utc(data.written))),
    el("h1", data.kind, data.headline),
    el("p", "subtitle", data.cards.length
      ? "Drag to zoom in, Shift and drag to move, Ctrl and the wheel to zoom, double-click for everything. Under the pointer: " +
        "the window that the point was judged by."
      : "No metric had a value."),
    el("div", "tiles", tile(count(data.points), "points"), tile(count(data.metrics), "metrics"),
      tile(count(data.anomalies), "anomalies"), tile(count(data.missing), "without a value"), tile(count(data.late), "late"),
      tile(count(data.restarts), "counter restarts")));
  const large = data.cards.slice(0, data.cards.length > 4 ? 1 : 4), small = data.cards.slice(large.length);
  for (const card of large) {
    const made = fullCard(card);
    page.append(made.node);
    pending.push(made);
  }
  if (small.length) {
    const grid = el("div", "multiples");
    for (const card of small) {
      const made = smallCard(card);
      grid.append(made.node);
      pending.push(made);
    }
    page.append(el("h2", "", "The other metrics, the highest scores first"), grid);
  }
  if (data.rest.length)
    page.append(el("h2", "", "Not drawn"), el("div", "card", el("table", "",
      el("thead", "", el("tr", "", el("th", "", "Metric"), el("th", "number", "Anomalies"), el("th", "number", "Score"))),
      el("tbody", "", data.rest.map(([name, n, score]) =>
        el("tr", "", el("td", "name", name), el("td", "number", count(n)), el("td", "number", number(score))))))));
  page.append(el("h2", "", "Settings"), el("div", "card", el("table", "", el("tbody", "", data.settings.map(([key, value]) =>
    el("tr", "", el("td", "", key), el("td", "mono", value)))))));
  for (const { draw } of pending) draw();
  document.documentElement.dataset.plots = String(drawn);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());
})();
