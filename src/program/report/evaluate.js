// SPDX-License-Identifier: Apache-2.0
// Draws the page of an evaluation from the JSON it carries. Every foreign string goes in as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent), figures = data.figures;

  // ---- elements and numbers

  function el(tag, classes, ...children) {
    const node = document.createElement(tag);
    if (classes) node.className = classes;
    for (const child of children.flat())
      if (child !== null && child !== undefined && child !== false)
        node.append(child instanceof Node ? child : String(child));
    return node;
  }
  const whole = new Intl.NumberFormat("en-US");
  const count = (n) => whole.format(Math.round(n));
  const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;
  const utc = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ") + " UTC";
  const figure = (v) => (Number.isFinite(v) ? v.toFixed(4) : "not defined");
  const short = (v) => (Number.isFinite(v) ? Number(v.toPrecision(4)).toString() : "none");
  const percent = (v) => (Number.isFinite(v) ? (100 * v).toFixed(v > 0.9995 && v < 1 ? 2 : 1) + " %" : "not defined");
  const words = (name) => name.replaceAll("_", " ");
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const key = (kind, text) => el("span", "key", el("i", "key-" + kind), text);

  // ---- what the steps say

  const steps = data.timeline, ends = [];
  let rows = 0;
  for (const s of steps) ends.push((rows += s.rows));
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  /// Over the last fiftieth of the stream, and 50 rows at least: accuracy and kappa.
  function windowed() {
    const least = Math.max(50, rows / 50), out = [];
    let first = 0, judged = 0, right = 0;
    const classes = steps.length ? steps[0].labelled.length : 0;
    const labelled = new Array(classes).fill(0), predicted = new Array(classes).fill(0);
    steps.forEach((s, i) => {
      judged += s.judged;
      right += s.right;
      for (let c = 0; c < classes; ++c) {
        labelled[c] += s.labelled[c];
        predicted[c] += s.predicted[c];
      }
      while (first < i && judged - steps[first].judged >= least) {
        const old = steps[first++];
        judged -= old.judged;
        right -= old.right;
        for (let c = 0; c < classes; ++c) {
          labelled[c] -= old.labelled[c];
          predicted[c] -= old.predicted[c];
        }
      }
      if (judged < Math.min(least, 50)) return out.push([ends[i], null, null]);
      const accuracy = right / judged;
      const chance = sum(labelled.map((n, c) => (n / judged) * (predicted[c] / judged)));
      out.push([ends[i], accuracy, classes && chance < 1 ? Math.max((accuracy - chance) / (1 - chance), -0.2) : null]);
    });
    return out;
  }

  // ---- plots

  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
  let drawn = 0;
  const alongRows = [], pending = [];
  let busy = false;

  function show(from, to) {
    if (busy) return;
    busy = true;
    for (const chart of alongRows) chart.updateOptions({ dateWindow: [from, to] });
    busy = false;
  }
  /// A plot with its title, a legend, and the numbers under the pointer.
  function plot(title, keys, classes, labels, table, options, read) {
    const readout = el("span", "when mono"), node = el("div", "plot " + classes);
    const box = el("div", "plot-frame", el("div", "plot-head", el("h3", "", title), keys, readout), el("div", "plot-box", node));
    pending.push(() => {
      const chart = new Dygraph(node, table, Object.assign({
        labels,
        gridLineColor: style("--hair"),
        axisLineColor: style("--line"),
        axisLabelFontSize: 11,
        highlightCircleSize: 2.5,
        strokeWidth: 1.25,
        animatedZooms: false,
        rightGap: 10,
        highlightCallback: (event, x, points, row) => (readout.textContent = read(table[row])),
        unhighlightCallback: () => (readout.textContent = ""),
      }, options));
      if (options.along) alongRows.push(chart);
      ++drawn;
    });
    return box;
  }
  const along = (more) => ({
    along: true,
    dateWindow: [0, Math.max(rows, 1)],
    axes: { x: { drawGrid: false, axisLabelFormatter: (v) => count(v), axisLabelWidth: 70 }, y: { axisLabelWidth: 48 } },
    zoomCallback: (from, to) => show(from, to),
    drawCallback: (g, first) => {
      if (!first && !busy) show(...g.xAxisRange());
    },
    interactionModel: Object.assign({}, Dygraph.defaultInteractionModel, { dblclick: () => show(0, Math.max(rows, 1)) }),
    ...more,
  });
  /// 0 to 1, or from a tenth below the least.
  function shares(table, columns) {
    let low = 1;
    for (const row of table) for (const c of columns) if (row[c] !== null) low = Math.min(low, row[c]);
    const from = low > 0.5 ? Math.floor(low * 10 - 0.3) / 10 : Math.min(0, low);
    return [from, 1 + (1 - from) * 0.04];
  }
  function dashed(context, area, y) {
    context.strokeStyle = style("--suspicious");
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(area.x, y);
    context.lineTo(area.x + area.w, y);
    context.stroke();
    context.setLineDash([]);
  }

  function scores() {
    const table = steps.map((s, i) => [ends[i], s.mean, s.most, s.positive_most]);
    let most = 0, least = Infinity;
    for (const row of table) {
      for (const v of row.slice(1)) if (v !== null) {
        most = Math.max(most, v);
        least = Math.min(least, v);
      }
    }
    const top = Math.max(most, data.threshold ?? 0) * 1.05 || 1, bottom = Math.min(0, least);
    return plot("Scores", [key("new", "other rows, mean"), key("queries", "their highest"), key("up", "positive rows, highest"), data.threshold === null ? null : key("suspicious", "threshold")],
      "values", ["row", "mean", "most", "positive"], table, along({
        valueRange: [bottom === Infinity ? 0 : bottom, top],
        connectSeparatedPoints: true,
        series: {
          mean: { color: style("--new") },
          most: { color: style("--queries"), strokeWidth: 0.75 },
          positive: { color: style("--up"), strokeWidth: 0, drawPoints: true, pointSize: 2.5 },
        },
        underlayCallback: (context, area, g) => {
          if (data.threshold !== null) dashed(context, area, Math.round(g.toDomYCoord(data.threshold)) + 0.5);
        },
      }), ([row, mean, a, b]) => `to row ${count(row)}  mean ${short(mean ?? NaN)}  highest ${short(a ?? NaN)}  positive ${short(b ?? NaN)}`);
  }
  function right() {
    const table = windowed(), kappas = table.some((row) => row[2] !== null);
    return plot("Right, of late", [key("new", "accuracy"), kappas ? key("benign", "kappa") : null], "values", ["row", "accuracy", "kappa"], table,
      along({
        valueRange: shares(table, [1, 2]),
        series: { accuracy: { color: style("--new") }, kappa: { color: style("--benign") } },
      }), ([row, a, k]) => `to row ${count(row)}  accuracy ${figure(a ?? NaN)}${kappas ? `  kappa ${figure(k ?? NaN)}` : ""}`);
  }
  function soFar() {
    const table = steps.map((s, i) => [ends[i], s.auc, s.average_precision]);
    return plot("Ranking, from the start", [key("new", "area under curve"), key("benign", "average precision")], "score", ["row", "auc", "precision"],
      table, along({
        valueRange: shares(table, [1, 2]),
        series: { auc: { color: style("--new") }, precision: { color: style("--benign") } },
      }), ([row, a, p]) => `to row ${count(row)}  area ${figure(a ?? NaN)}  average precision ${figure(p ?? NaN)}`);
  }
  function positives() {
    const table = steps.map((s, i) => [ends[i], s.positives / s.rows]);
    return plot("Share of positive rows", [], "score", ["row", "share"], table, along({
      valueRange: [0, Math.max(...table.map((row) => row[1]), 0.001) * 1.05],
      fillGraph: true,
      series: { share: { color: style("--up") } },
    }), ([row, share]) => `to row ${count(row)}  ${percent(share)}`);
  }
  function curves() {
    const P = data.positives, N = data.negatives, roc = [[0, 0, 0]], recall = [];
    for (const [p, n] of data.curve) {
      const x = n / N, y = p / P, last = roc[roc.length - 1];
      if (x > last[0]) roc.push([x, y, x]);
      else last[1] = y;
      const r = p / P;
      if (!recall.length || r > recall[recall.length - 1][0]) recall.push([r, p / (p + n)]);
    }
    if (recall.length && recall[0][0] > 0) recall.unshift([0, recall[0][1]]);
    const axes = { axes: { x: { drawGrid: true, axisLabelWidth: 40 }, y: { axisLabelWidth: 40 } }, dateWindow: [0, 1.01], valueRange: [0, 1.04] };
    return el("div", "split",
      el("div", "card", plot(`ROC curve: area ${figure(figures.auc)}`, [], "values", ["false", "found", "chance"], roc, {
        ...axes, xlabel: "share of the other rows", ylabel: "share of positive rows found",
        series: { found: { color: style("--new"), strokeWidth: 1.75 }, chance: { color: style("--faint"), strokePattern: [4, 4], highlightCircleSize: 0 } },
      }, ([x, y]) => `${percent(y)} found at ${percent(x)}`)),
      el("div", "card", plot(`Precision and recall: ${figure(figures.average_precision)}`, [], "values", ["recall", "precision"], recall, {
        ...axes, xlabel: "share of positive rows found", ylabel: "of those, share positive",
        series: { precision: { color: style("--benign"), strokeWidth: 1.75 } },
      }, ([r, p]) => `precision ${percent(p)} at ${percent(r)} found`)));
  }

  // ---- the page

  const page = document.getElementById("page");
  const tile = (value, label) => el("div", "tile", el("b", "", value), el("span", "", label));
  const ranked = data.positives > 0 && data.negatives > 0;
  const headline = !figures.judged ? "No row was judged"
    : data.classifies ? `${percent(figures.accuracy)} of ${plural(figures.judged, "row", "rows")} judged right`
    : ranked ? `Anomalies rank above other rows with an area under the curve of ${figure(figures.auc)}`
    : "There was one kind of rows only";
  const quality = data.classifies ? figures.kappa : figures.auc === null ? NaN : 2 * figures.auc - 1;
  page.append(
    el("p", "eyebrow", el("strong", "", "netanomaly " + data.version), el("span", "", "Evaluation"), el("span", "mono", data.input), el("span", "", utc(data.written))),
    el("h1", quality > 0.8 ? "good" : quality > 0.4 ? "warn" : "bad", headline),
    el("p", "subtitle", `${words(data.kind)}, each row judged before it was learned` +
      (data.classifies ? ". " : "; the label was never learned. ") + (data.positive ? `Positive: ${data.positive}. ` : "") +
      "Drag to zoom in, Shift and drag to move, double-click for everything."),
    el("div", "tiles", tile(count(figures.rows), "rows"), tile(figure(figures.accuracy ?? NaN), "accuracy"), tile(figure(figures.kappa ?? NaN), "kappa"),
      tile(ranked ? figure(figures.auc) : "none", "area under curve"), tile(ranked ? figure(figures.average_precision) : "none", "average precision"),
      tile(count(figures.rows_per_second), "rows a second")));
  if (figures.interrupted) page.append(el("p", "banner", "The evaluation was interrupted: the figures are those of the rows before."));
  if (steps.length)
    page.append(el("h2", "", "Over time"), el("div", "card",
      data.classifies ? null : scores(), right(), ranked ? soFar() : null, data.positives > 0 ? positives() : null,
      el("p", "note", `By row number. Accuracy and kappa are those of the last fiftieth of the rows (50 at least); ` +
        `a step is ${plural(data.step, "row", "rows")}.`)));
  if (ranked) page.append(el("h2", "", "How the scores rank"), curves());
  const table = (heads, lines) => el("div", "card", el("div", "scroll", el("table", "",
    el("thead", "", el("tr", "", heads.map((h, i) => el("th", i ? "number" : "", h)))), el("tbody", "", lines))));
  page.append(el("h2", "", "Classes"), table(["Class", "Rows", "Judged so", "Recall", "Precision"], figures.classes.map((c) =>
    el("tr", "", el("td", "", el("span", "name", c.name)), el("td", "number", count(c.rows)), el("td", "number", count(c.predicted)),
      el("td", "number", percent(c.recall ?? NaN)), el("td", "number", percent(c.precision ?? NaN))))));
  if (data.matrix.length && figures.judged)
    page.append(el("h2", "", "What was taken for what"), table(["Label \u2193  judged \u2192", ...data.classes], data.matrix.map((line, label) =>
      el("tr", "", el("td", "", el("span", "name", data.classes[label])), line.map((n, c) => {
        const cell = el("td", "number" + (c === label ? "" : n ? "" : " quiet"), count(n));
        if (c === label) cell.append(el("span", "quiet", ` ${percent(n / (sum(line) || NaN))}`));
        return cell;
      })))));
  page.append(el("h2", "", "Columns"), el("div", "card", el("div", "scroll", el("table", "", el("thead", "", el("tr", "",
    el("th", "", "Column"), el("th", "", "Type"), el("th", "number", "Missing"), el("th", "", "Values"))), el("tbody", "", figures.columns.map((c) => {
    const values = c.values ? Object.keys(c.values) : [];
    const text = c.why ?? (c.type === "numeric" ? (c.low === undefined ? "" : `${short(c.low)} to ${short(c.high)}`)
      : values.length ? `${count(values.length)}: ${values.slice(0, 8).join(", ")}${values.length > 8 ? ", ..." : ""}` : "");
    return el("tr", "", el("td", "", el("span", "name", c.name)), el("td", "", words(c.type)), el("td", "number", c.missing === undefined ? "" : count(c.missing)), el("td", "", text));
  }))))));
  page.append(el("h2", "", "Settings"), el("div", "card", el("table", "", el("tbody", "", Object.entries(figures.parameters).filter(([, value]) => value !== "").map(([name, value]) =>
    el("tr", "", el("td", "", words(name)), el("td", "mono", value)))))));
  for (const draw of pending) draw();
  document.documentElement.dataset.plots = String(drawn);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => location.reload());
})();
