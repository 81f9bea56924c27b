// SPDX-License-Identifier: Apache-2.0
// Draws the page from the JSON it carries. Every foreign string goes in as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const f of data.findings.concat(data.near)) {  // the fields of the JSON lines, and what only the page shows
    f.first = Date.parse(f.first_seen);
    f.last = Date.parse(f.last_seen);
  }
  const svgSpace = "http://www.w3.org/2000/svg";

  // ---- elements

  function add(parent, children) {
    for (const child of children.flat())
      if (child !== null && child !== undefined && child !== false)
        parent.append(child instanceof Node ? child : String(child));
    return parent;
  }
  function el(tag, classes, ...children) {
    const node = document.createElement(tag);
    if (classes) node.className = classes;
    return add(node, children);
  }
  function svg(tag, attributes, ...children) {
    const node = document.createElementNS(svgSpace, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return add(node, children);
  }
  function titled(node, text) {
    node.title = text;
    return node;
  }

  // ---- numbers and times

  const whole = new Intl.NumberFormat("en-US");
  const count = (n) => (n === null || n === undefined ? "not available" : whole.format(n));
  function octets(n) {
    if (n === null || n === undefined) return "not available";
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = 0;
    while (n >= 999.5 && unit + 1 < units.length) {
      n /= 1024;
      ++unit;
    }
    return n.toFixed(unit === 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2) + " " + units[unit];
  }
  function length(ms) {
    const s = ms / 1000;
    if (s < 0.9995) return ms.toFixed(0) + " ms";
    if (s < 9.95) return s.toFixed(1) + " s";
    if (s < 119.5) return s.toFixed(0) + " s";
    if (s < 7170) return (s / 60).toFixed(0) + " min";
    if (s < 172620) return (s / 3600).toFixed(1) + " h";
    return (s / 86400).toFixed(1) + " d";
  }
  const iso = (ms) => new Date(ms).toISOString();
  const utc = (ms) => iso(ms).slice(0, 19).replace("T", " ") + " UTC";
  const clock = (ms) => iso(ms).slice(11, 19);
  function span(first, last) {
    if (first === null) return "no packets";
    const a = iso(first), b = iso(last);
    return a.slice(0, 10) === b.slice(0, 10)
      ? `${a.slice(0, 10)} ${a.slice(11, 19)} to ${b.slice(11, 19)} UTC`
      : `${a.slice(0, 19).replace("T", " ")} to ${b.slice(0, 19).replace("T", " ")} UTC`;
  }
  const points = (p) => (p > 0 ? "+" : p < 0 ? "\u2212" : "\u00b1") + Math.abs(p).toFixed(1).replace(/\.0$/, "");
  const percent = (part, all) => (all ? ((100 * part) / all).toFixed(part * 10 < all ? 1 : 0) + " %" : "");
  const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many}`;

  // ---- names: shown defanged unless asked, copied as shown

  let defanged = true;
  const shownNames = [];
  function defang(name) {
    if (!defanged) return name;
    const at = name.lastIndexOf(".");
    return at > 0 ? name.slice(0, at) + "[.]" + name.slice(at + 1) : name;
  }
  function nameNode(name, zone) {
    const node = el("span", "name");
    const draw = () => {
      node.replaceChildren();
      const cut = zone && name.toLowerCase().endsWith("." + zone.toLowerCase()) ? name.length - zone.length : 0;
      if (cut) add(node, [name.slice(0, cut), el("em", "", defang(name.slice(cut)))]);
      else add(node, [defang(name)]);
    };
    draw();
    shownNames.push(draw);
    return node;
  }

  // ---- copying

  const announcer = document.getElementById("announce");
  let announceTimer = 0;
  function announce(text) {
    announcer.textContent = text;
    announcer.classList.add("on");
    clearTimeout(announceTimer);
    announceTimer = setTimeout(() => announcer.classList.remove("on"), 1600);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // file: pages may not reach the clipboard; the old way still can
      const area = el("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    announce("Copied: " + (text.length > 60 ? text.slice(0, 57) + "..." : text));
  }
  function copyButton(label, text, hint) {
    const button = el("button", "", label);
    button.type = "button";
    if (hint) button.title = hint;
    button.addEventListener("click", () => copy(text()));
    return button;
  }

  // ---- plots

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);  // the heads are our legends
  const plots = [];  // {node, draw}: draw(node) returns a Dygraph
  function plot(classes, draw) {
    const node = el("div", "plot " + classes);
    plots.push({ node, draw, chart: null });
    return node;
  }
  let printing = false;
  function drawPlots() {
    let drawn = 0;
    for (const entry of plots) {
      if (entry.chart) entry.chart.destroy();
      entry.node.replaceChildren();
      // The paper's layout does not exist yet when a print begins: A4 less margins and padding, in CSS pixels.
      entry.node.style.width = printing ? "660px" : "";
      entry.node.style.height = printing ? (entry.node.classList.contains("tall") ? "280px" : "80px") : "";
      entry.chart = entry.draw(entry.node);
      if (printing) {  // browsers print canvases badly or not at all
        const canvas = entry.node.querySelector("canvas");
        const picture = el("img", "picture");
        picture.src = canvas.toDataURL();
        canvas.before(picture);
      }
      ++drawn;
    }
    document.documentElement.dataset.plots = String(drawn);
  }
  const base = () => ({
    gridLineColor: style("--line"),
    axisLineColor: style("--line"),
    axisLabelFontSize: printing ? 9 : 12,
    pixelRatio: printing ? 3 : null,
    labelsUTC: true,
    highlightCircleSize: 4,
    rightGap: 12,
    digitsAfterDecimal: 6,
  });

  function short(n) {
    if (n >= 1e9) return +(n / 1e9).toFixed(1) + "G";
    if (n >= 1e6) return +(n / 1e6).toFixed(1) + "M";
    if (n >= 1e4) return +(n / 1e3).toFixed(1) + "k";
    return String(+n.toFixed(3));
  }
  function shortOctets(n) {
    if (n === 0) return "0";
    const text = octets(n);
    return text.replace(/\.0+ /, " ").replace(/(\.\d*[1-9])0+ /, "$1 ");
  }
  // Round steps of the axis' own unit: 1, 2, 5 times a power of ten, or of two for octets.
  function ticks(least, most, pixels, format, binary) {
    const want = Math.max(2, Math.floor(pixels / 44));
    const raw = Math.max((most - least) / want, 1e-9);
    let step;
    if (binary && raw >= 512) {
      const power = Math.pow(2, Math.ceil(Math.log2(raw)));
      step = power;
    } else {
      const power = Math.pow(10, Math.floor(Math.log10(raw)));
      step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw) || raw;
      if (step < 1) step = 1;
    }
    const out = [];
    for (let v = Math.ceil(least / step) * step; v <= most * 1.0001; v += step) out.push({ v, label: format(v) });
    return out;
  }

  // Two lines of one finding over time; what the pointer is over is written into the head.
  function timelinePlot(finding, title, series, format, binary, siblings) {
    const step = finding.timeline.step;
    const rows = finding.timeline.rows;
    const keys = series.map((s) => {
      const value = el("b", "");
      return { value, node: el("span", "key", el("i", "key-" + s.color), s.label, " ", value) };
    });
    const when = el("span", "when");
    const totals = () => {
      keys.forEach((k, i) => (k.value.textContent = format(rows.reduce((sum, row) => sum + row[series[i].column], 0))));
      when.textContent = `totals, in steps of ${length(step)}`;
    };
    totals();
    const head = el("div", "plot-head", el("h3", "", title), keys.map((k) => k.node), when);
    const node = plot("", (target) => {
      const padded = [];
      for (const row of rows) padded.push([new Date(row[0]), ...series.map((s) => row[s.column])]);
      const last = rows[rows.length - 1];
      if (last) padded.push([new Date(last[0] + step), ...series.map((s) => last[s.column])]);  // a step needs an end
      const chart = new Dygraph(target, padded, Object.assign(base(), {
        labels: ["time", ...series.map((s) => s.label)],
        colors: series.map((s) => style("--" + s.color)),
        stepPlot: true,
        fillGraph: true,
        fillAlpha: 0.13,
        strokeWidth: 1.6,
        includeZero: true,
        xRangePad: 0,
        yRangePad: 6,
        axes: {
          x: { pixelsPerLabel: 80, drawGrid: false, axisLabelWidth: 74 },
          y: {
            axisLabelWidth: 62,
            ticker: (least, most, pixels) => ticks(least, most, pixels, binary ? shortOctets : short, binary),
          },
        },
        highlightCallback: (event, x, list, row) => {
          const at = rows[Math.min(row, rows.length - 1)];
          keys.forEach((k, i) => (k.value.textContent = format(at[series[i].column])));
          when.textContent = `${clock(at[0])} UTC, ${length(step)}`;
        },
        unhighlightCallback: totals,
        zoomCallback: (from, to) => {
          for (const other of siblings)
            if (other.chart && other.chart !== chart) other.chart.updateOptions({ dateWindow: chart.isZoomed("x") ? [from, to] : null });
        },
      }));
      return chart;
    });
    siblings.push(plots[plots.length - 1]);
    return [head, node];
  }

  const kinds = ["insufficient", "benign", "suspicious", "tunnel"];
  function scatterPlot(scatter, limits, readout) {
    const rows = scatter.points.map((p) => ({
      x: Math.max(p[0], 1), y: Math.max(p[1], 0.004), queries: p[2], kind: p[3], zone: p[4], client: p[5], raw: p,
    }));
    rows.sort((a, b) => a.x - b.x);
    const across = (g, x) => {  // dygraphs' own toDomXCoord is linear
      const area = g.getArea(), [low, high] = g.xAxisRange();
      return area.x + (area.w * Math.log(x / low)) / Math.log(high / low);
    };
    return plot("tall", (target) => {
      const table = rows.map((r) => [r.x, ...kinds.map((k) => (k === r.kind ? r.y : null))]);
      const most = rows.length ? rows[rows.length - 1].x : 1000;
      const suspects = rows.filter((r) => r.kind === "tunnel" || r.kind === "suspicious");
      const logTicks = (least, most, label) => {
        const out = [];
        for (let p = Math.floor(Math.log10(least)); p <= Math.ceil(Math.log10(most)); ++p)
          for (const f of [1, 2, 5]) {
            const v = +(f * Math.pow(10, p)).toPrecision(3);
            if (v >= least && v <= most * 1.001) out.push({ v, label: f === 1 || label.all ? label(v) : "" });
          }
        return out;
      };
      const ratio = (v) => +(v * 100).toPrecision(3) + " %";
      const small = target.clientWidth < 520;
      return new Dygraph(target, table, Object.assign(base(), {
        labels: ["octets", ...kinds],
        colors: kinds.map((k) => style(k === "insufficient" ? "--none" : "--" + k)),
        strokeWidth: 0,
        drawPoints: true,
        logscale: true,
        dateWindow: [0.8, Math.max(most * (small ? 1.6 : 2), 3000)],
        valueRange: [Math.min(0.2, ...rows.map((r) => r.y)) * 0.7, 1.5],
        xlabel: "octets of new names",
        ylabel: small ? "" : "distinct names / queries",
        xLabelHeight: 20,
        yLabelWidth: 20,
        highlightSeriesOpts: { strokeWidth: 0, highlightCircleSize: 7 },
        highlightSeriesBackgroundAlpha: 1,
        series: Object.fromEntries(kinds.map((k) => [k, {
          pointSize: k === "tunnel" || k === "suspicious" ? 5 : 3,
          drawPointCallback: (g, name, ctx, x, y, color, size) => {
            ctx.globalAlpha = k === "tunnel" || k === "suspicious" ? 0.95 : 0.45;
            ctx.fillStyle = color;
            ctx.beginPath();
            ctx.arc(x, y, size, 0, 2 * Math.PI);
            ctx.fill();
            ctx.globalAlpha = 1;
          },
        }])),
        axes: {
          x: { logscale: true, drawGrid: true, ticker: (a, b) => logTicks(a, b, short), axisLabelWidth: 50 },
          y: { ticker: (a, b) => logTicks(a, b, ratio), axisLabelWidth: 50 },
        },
        underlayCallback: (ctx, area, g) => {
          ctx.save();
          ctx.font = "12px system-ui, sans-serif";
          ctx.strokeStyle = ctx.fillStyle = style("--soft");
          ctx.setLineDash([5, 4]);
          ctx.lineWidth = 1;
          const inside = (v, low, high) => v > low && v < high;
          for (const line of limits) {
            ctx.beginPath();
            if (line.axis === "x") {
              const x = across(g, line.at);
              if (!inside(x, area.x, area.x + area.w)) continue;
              ctx.moveTo(x, area.y);
              ctx.lineTo(x, area.y + area.h);
              ctx.stroke();
              ctx.textAlign = x > area.x + area.w / 2 ? "right" : "left";
              ctx.fillText(line.text, x + (ctx.textAlign === "right" ? -6 : 6), area.y + area.h - 8);
            } else {
              const y = g.toDomYCoord(line.at);
              if (!inside(y, area.y, area.y + area.h)) continue;
              ctx.moveTo(area.x, y);
              ctx.lineTo(area.x + area.w, y);
              ctx.stroke();
              ctx.textAlign = "left";
              ctx.fillText(line.text, area.x + 6, y - 6);
            }
          }
          ctx.restore();
        },
        drawCallback: (g) => {  // names beside the suspects, moved down where they would cover each other
          const canvas = target.querySelector("canvas");
          if (!canvas) return;
          const ctx = canvas.getContext("2d");
          const area = g.getArea();
          ctx.save();
          ctx.font = "12px " + style("--mono");
          ctx.fillStyle = style("--mark");
          const taken = [];
          for (const r of suspects.slice().sort((a, b) => b.queries - a.queries).slice(0, 14)) {
            const x = across(g, r.x), y = g.toDomYCoord(r.y);
            if (x < area.x || x > area.x + area.w) continue;
            const text = defang(r.zone.length > 34 ? r.zone.slice(0, 31) + "..." : r.zone);
            const width = ctx.measureText(text).width;
            const left = x + 10 + width > area.x + area.w;
            const start = left ? x - 10 - width : x + 10;
            let top = y;
            while (taken.some((t) => Math.abs(t.top - top) < 15 && start < t.end && start + width > t.start)) top += 15;
            taken.push({ top, start, end: start + width });
            ctx.fillText(text, start, top + 4);
          }
          ctx.restore();
        },
        highlightCallback: (event, x, list, row, series) => {
          const r = rows[row];
          readout.replaceChildren();
          add(readout, [el("span", "pill " + r.kind, r.kind), " ", nameNode(r.zone), ` from ${r.client}: ${plural(r.queries, "query", "queries")}, `,
                        `${percent(r.raw[1], 1)} distinct, ${octets(r.raw[0])} of new names`]);
          shownNames.pop();
        },
        unhighlightCallback: () => (readout.textContent = "Point at a dot to read it. Drag to zoom, double-click to return."),
      }));
    });
  }

  // ---- parts of a finding

  function reasonRows(finding) {
    const most = Math.max(1, ...finding.reasons.map((r) => Math.abs(r.points)));
    const lowest = Math.min(0, ...finding.reasons.map((r) => r.points));
    const zero = (100 * Math.max(0, -lowest)) / (most + Math.max(0, -lowest));
    const scale = (100 - zero) / most;
    const list = el("div", "reasons");
    for (const r of finding.reasons) {
      const size = Math.abs(r.points) * Math.min(scale, zero > 0 && r.points < 0 ? zero / -lowest : scale);
      const against = r.points < 0;
      const bar = svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { x: against ? zero - size : zero, y: 0, width: size, height: 8, class: against ? "against" : "for" }));
      if (zero > 0) bar.append(svg("rect", { x: zero - 0.4, y: -2, width: 0.8, height: 12, class: "axis" }));
      list.append(el("div", "points" + (against ? " against" : r.points === 0 ? " zero" : ""), points(r.points)),
                  el("div", "bar", bar),
                  titled(el("div", "text", r.text), reasonHint(r)));
    }
    const over = finding.score > finding.threshold;
    list.append(el("div", "total", "Score ", el("b", "", score(finding.score)), over ? ", past the threshold of " : ", below the threshold of ",
                   el("b", "", score(finding.threshold)), ". A point is a decibel of evidence; points against are negative."));
    return list;
  }
  const score = (s) => String(+s.toFixed(1));
  function reasonHint(r) {
    const parts = [r.id];
    if (r.value !== null) parts.push(`value ${+r.value.toPrecision(4)} ${r.unit}`);
    if (r.usual !== null) parts.push(`usual ${+r.usual.toPrecision(4)} ${r.unit}`);
    return parts.join("; ");
  }
  function placeText(where) {
    if (!where) return "";
    return [where.country, where.network ? "AS" + where.network : "", where.organization].filter(Boolean).join(" ");
  }
  function addresses(list, most) {
    const shown = list.slice(0, most).map((a) => {
      const extra = [a.queries === null ? "" : count(a.queries), placeText(a.where)].filter(Boolean).join(", ");
      return el("div", "", el("span", "mono", a.address), extra ? el("span", "quiet", ` (${extra})`) : "");
    });
    if (list.length > most) shown.push(el("div", "quiet", `and ${count(list.length - most)} more`));
    return shown;
  }
  function fact(label, value, classes) {
    return el("div", classes || "", el("span", "", label), el("b", "", value));
  }
  const mix = (list) => list.slice(0, 6).map(([name, n]) => `${name} ${count(n)}`).join(", ") || "none";

  function findingCard(finding) {
    const who = finding.clients.length === 0 ? "unknown client"
      : finding.clients[0] + (finding.clients.length > 1 ? ` and ${count(finding.clients.length - 1)} more` : "");
    const card = el("article", "card finding " + finding.verdict);
    card.append(
      el("header", "",
        el("div", "", el("span", "pill", finding.verdict),
          el("div", "route", el("span", "client", who), el("span", "arrow", "\u2192"), nameNode(finding.zone))),
        el("div", "score", el("b", "", score(finding.score)), el("span", "", "threshold " + score(finding.threshold)))),
      el("div", "facts",
        fact("Since (UTC)", utc(finding.first).slice(5, 19)), fact("For", length(finding.last - finding.first)),
        fact("Queries", count(finding.queries)), fact("New names", count(finding.unique_names)),
        fact("Up", octets(finding.bytes_up)), fact("Down", octets(finding.bytes_down))));

    const names = el("ul", "names");
    for (const sample of finding.samples.slice(0, 5))
      names.append(el("li", "", nameNode(sample, finding.zone), copyButton("Copy", () => defang(sample), "Copy the name as it is shown")));
    const details = el("ul", "list",
      el("li", "", el("span", "", "Clients"), el("span", "", addresses(finding.client_details, 5))),
      finding.server_details.length ? el("li", "", el("span", "", "Servers asked"), el("span", "", addresses(finding.server_details, 5))) : null,
      el("li", "", el("span", "", "Question types"), el("span", "", mix(Object.entries(finding.qtypes)))),
      el("li", "", el("span", "", "Response codes"), el("span", "", mix(Object.entries(finding.rcodes)))),
      el("li", "", el("span", "", "Responses"), el("span", "", count(finding.responses))),
      finding.subdomain_entropy === null ? null
        : el("li", "", el("span", "", "Entropy of names"), el("span", "", finding.subdomain_entropy.toFixed(2) + " bits a character")),
      finding.tool === null ? null
        : el("li", "", el("span", "", "Looks like"), el("span", "", `${finding.tool.name}, ${finding.tool.marks} of ${finding.tool.of} marks`)),
      finding.false_alarms_per_day === null ? null
        : el("li", "", el("span", "", "False alarms expected"), el("span", "", finding.false_alarms_per_day.toPrecision(2) + " a day, of this score and more")),
      el("li", "", el("span", "", "Who asks this domain"), el("span", "", `${plural(finding.domain_clients, "client", "clients")} of ${count(finding.all_clients)}`)),
      finding.known_since === null ? null : el("li", "", el("span", "", "Domain known since"), el("span", "", utc(finding.known_since))));
    const lengths = ["minute", "hour", "day", "week"];
    const carried = table([["Most in a"], ...lengths.map((l) => [l])],
      [["this pair", finding.budgets], ["the whole zone", finding.zone_budgets], ["client, server", finding.server_budgets]]
        .filter(([, budgets]) => budgets !== null).map(([title, budgets]) =>
          [title, ...lengths.map((l) => el("span", "octets", "\u2191\u00a0" + octets(budgets[l].new_name_octets), el("br", ""), "\u2193\u00a0" + octets(budgets[l].answer_octets)))]));
    const zone = finding.zone;
    const actions = el("div", "actions",
      copyButton("Copy RPZ lines", () => `${zone} CNAME .\n*.${zone} CNAME .`, "Block the zone in a response policy zone"),
      copyButton("Copy allow line", () => `${zone}  # `, "A line for the file given to --allow"),
      copyButton("Copy Wireshark filter", () => `dns.qry.name matches "(?i)(^|[.])${zone.replace(/[.*+?^${}()|[\]\\]/g, "[$&]")}$"`, "Show this zone's messages"),
      copyButton("Copy Kibana query", () => `dns.question.registered_domain : "${finding.registered_domain}" and source.ip : "${finding.client_details.length ? finding.client_details[0].address : "*"}"`, "Search the logs in Elastic Common Schema"));
    card.append(
      el("div", "columns",
        el("section", "", el("h3", "", "Why"), reasonRows(finding),
          finding.not_available.length ? el("p", "note", "Not available, so neither for nor against: " + finding.not_available.join(", ") + ".") : null,
          actions),
        el("section", "", el("h3", "", "Names as seen"), finding.samples.length ? names : el("p", "quiet", "No name was kept."),
          details, carried)));
    if (finding.timeline && finding.timeline.rows.length) {
      const siblings = [];
      card.append(el("section", "timeline",
        el("div", "plot-frame", timelinePlot(finding, "Names", [{ label: "queries", column: 1, color: "queries" }, { label: "new names", column: 2, color: "new" }], count, false, siblings)),
        el("div", "plot-frame", timelinePlot(finding, "Octets", [{ label: "up, in queries", column: 3, color: "up" }, { label: "down, in responses", column: 4, color: "down" }], octets, true, siblings))));
    }
    return card;
  }

  // ---- tables and meters

  function table(head, rows) {
    const top = el("tr", "");
    for (const [label, kind] of head) top.append(el("th", kind || "", label));
    const body = el("tbody", "");
    for (const row of rows) {
      const line = el("tr", "");
      row.forEach((cell, i) => line.append(el("td", head[i][1] || "", cell)));
      body.append(line);
    }
    return el("div", "scroll", el("table", "", el("thead", "", top), body));
  }
  function meters(list, most) {
    const all = list.reduce((sum, [, n]) => sum + n, 0);
    const shown = list.slice(0, most);
    const rest = list.slice(most).reduce((sum, [, n]) => sum + n, 0);
    if (rest) shown.push([`${list.length - most} others`, rest]);
    const peak = Math.max(1, ...shown.map(([, n]) => n));
    const box = el("div", "meters");
    for (const [label, n] of shown)
      box.append(el("span", "", label),
        el("span", "track", svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
          svg("rect", { x: 0, y: 0, width: (100 * n) / peak, height: 8 }))),
        el("span", "number", count(n)), el("span", "share", percent(n, all)));
    return list.length ? box : el("p", "quiet", "None.");
  }
  function reasonsBothWays(f) {
    const strongest = (list, most) => list.slice().sort((a, b) => Math.abs(b.points) - Math.abs(a.points)).slice(0, most);
    return [...strongest(f.reasons.filter((r) => r.points > 0), 2), ...strongest(f.reasons.filter((r) => r.points < 0), 2)]
      .map((r) => el("div", "", el("span", "signed" + (r.points < 0 ? " against" : ""), points(r.points)), " " + r.text));
  }
  function tile(value, label, classes) {
    return el("div", "tile", el("b", classes || "", value), el("span", "", label));
  }
  const heading = (title, lead) => [el("h2", "", title), lead ? el("p", "lead", lead) : null];

  // ---- the page

  const page = document.getElementById("page");
  const found = data.findings.filter((f) => f.verdict === "tunnel" || f.verdict === "suspicious");
  document.title = "DNS report: " + data.headline;

  const switchBox = el("input");
  switchBox.type = "checkbox";
  switchBox.checked = true;
  switchBox.addEventListener("change", () => {
    defanged = switchBox.checked;
    for (const draw of shownNames) draw();
    drawPlots();
  });
  add(page, [
    el("header", "",
      el("div", "eyebrow", el("strong", "", "netanomaly"), el("span", "", span(data.first, data.last)),
        el("span", "", data.inputs.length === 1 ? data.inputs[0].name.replace(/^.*\//, "") : plural(data.inputs.length, "input", "inputs")),
        titled(el("label", "switch", switchBox, "defang names"), "Write the last dot of a name as [.], so that no other program makes a link of it")),
      el("h1", data.headline_kind, data.headline),
      el("p", "subtitle", data.subtitle),
      data.complete ? null : el("div", "banner", data.incomplete_text)),
    el("div", "tiles", tile(count(data.queries), "queries"), tile(count(data.responses), "responses"),
      tile(count(data.clients), data.clients === 1 ? "client" : "clients"), tile(count(data.pairs), "client-zone pairs"), tile(octets(data.up), "up, in queries"), tile(octets(data.down), "down, in responses")),
    heading("What was seen, and what was not", "A verdict is only as good as its view."),
    el("div", "split",
      el("div", "card", el("h3", "", "Seen"), el("ul", "list",
        data.inputs.slice(0, 12).map((input) => el("li", "", el("span", "", input.form || "input"),
          el("span", "", el("span", "mono", input.name), input.octets === null ? "" : el("div", "quiet", octets(input.octets))))),
        data.inputs.length > 12 ? el("li", "", el("span", "", "and"), el("span", "", count(data.inputs.length - 12) + " more inputs")) : null,
        el("li", "", el("span", "", "From"), el("span", "", data.first === null ? "nothing" : utc(data.first))),
        el("li", "", el("span", "", "To"), el("span", "", data.last === null ? "nothing" : utc(data.last))),
        el("li", "", el("span", "", "Packets"), el("span", "", count(data.packets))),
        el("li", "", el("span", "", "DNS messages"), el("span", "", count(data.messages))),
        data.notes.map((note) => el("li", "", el("span", "", note[0]), el("span", "", note[1]))))),
      el("div", "card", el("h3", "", "Not seen, or not usable"),
        data.refused.length ? el("ul", "list wide", data.refused.map(([kind, n]) => el("li", "", el("span", "", kind), el("span", "", count(n))))) : el("p", "quiet", "Every packet with DNS in it could be read."),
        data.not_visible.length ? el("ul", "plain", data.not_visible.map((line) => el("li", "", line))) : null)),
  ]);
  add(page, heading(found.length ? plural(found.length, "finding", "findings") : "No findings",
    found.length ? "Strongest evidence first. Bars to the right speak for a tunnel, bars to the left against it."
                 : "No client and zone came near the evidence that a tunnel leaves."));
  for (const finding of found) page.append(findingCard(finding));
  if (data.findings_left_out) add(page, [el("p", "note", `${count(data.findings_left_out)} more findings are in the table and in the JSON lines; the page shows the strongest.`)]);

  if (data.near.length)
    add(page, [heading("Nearly", "Judged benign with most evidence for a tunnel, and what outweighed it or was missing."),
      el("div", "card", table([["Zone"], ["Client"], ["Score", "number"], ["Short of", "number"], ["Queries", "number"], ["New names", "number"], ["Strongest reasons", "why"]],
        data.near.map((f) => [nameNode(f.zone), el("span", "mono", f.clients.length ? f.clients[0] : ""), score(f.score), score(Math.max(0, f.threshold - f.score)),
          count(f.queries), count(f.unique_names), reasonsBothWays(f)])))]);
  if (data.allowed.length)
    add(page, [heading("Allowed", "Entries of the allow file that covered a finding. What they cover is counted, and never an alarm."),
      el("div", "card", table([["Entry"], ["Comment"], ["Line", "number"], ["Findings", "number"], ["Queries", "number"]],
        data.allowed.map((a) => [el("span", "name", a.entry), a.comment, count(a.line), count(a.findings), count(a.queries)])))]);

  if (data.scatter.points.length) {
    const readout = el("div", "readout");
    const kindsShown = kinds.slice().reverse().filter((k) => data.scatter.points.some((p) => p[3] === k));
    add(page, [heading("What separates them", "Each dot is a client and a zone. A tunnel asks for names that nobody asked for before (up) and puts much into them (right); ordinary traffic repeats itself or stays small."),
      el("div", "card plot-frame", el("div", "plot-head", kindsShown.map((k) => el("span", "key", el("i", "key-" + k), k === "insufficient" ? "too little to judge" : k,
          " ", el("b", "", count(data.scatter.points.filter((p) => p[3] === k).length))))),
        scatterPlot(data.scatter, data.scatter.limits, readout), readout,
        data.scatter.left_out ? el("p", "note", `${count(data.scatter.left_out)} pairs with the least evidence are not drawn.`) : null)]);
    readout.textContent = "Point at a dot to read it. Drag to zoom, double-click to return.";
  }

  add(page, [heading("The traffic"),
    el("div", "split",
      el("div", "card", el("h3", "", "Question types"), meters(data.qtypes, 9)),
      el("div", "card", el("h3", "", "Response codes"), meters(data.rcodes, 9))),
    data.talkers.length ? el("div", "card", el("h3", "", "Top talkers"),
      table([["Client"], ["Queries", "number"], ["Responses", "number"], ["Up", "number"], ["Down", "number"], ["Zones", "number"], ["NXDOMAIN", "number"]],
        data.talkers.map((t) => [el("span", "mono", t.address), count(t.queries), count(t.responses), octets(t.up), octets(t.down), count(t.zones), percent(t.nxdomain, t.responses)]))) : null]);

  const hashes = data.inputs.filter((i) => i.sha256);
  const about = el("details", "card", el("summary", "", "Settings, versions and hashes"),
    el("div", "inside", el("ul", "list", data.settings.map(([key, value]) => el("li", "", el("span", "", key), el("span", "mono", value))),
      hashes.map((i) => el("li", "", el("span", "", "SHA-256 of " + i.name.replace(/^.*\//, "")), el("span", "mono", i.sha256))))));
  add(page, [heading("How this was made"), about,
    el("footer", "", `Written ${utc(data.written)} by netanomaly ${data.version}. The page is whole: it loads nothing and sends nothing.`)]);

  drawPlots();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawPlots);
  addEventListener("beforeprint", () => {
    about.open = printing = true;
    drawPlots();
  });
  addEventListener("afterprint", () => {
    printing = false;
    drawPlots();
  });
})();
