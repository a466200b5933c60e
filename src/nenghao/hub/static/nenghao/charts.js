// Charts: every <div class="chart" data-chart="ID"> draws the JSON in <script type="application/json" id="ID">.
// The JSON is one of these kinds (trend, load, mix, window, scores, lines, effects, sankey); words and units come from
// the server, so both languages work.
// Missing is a gap on a grey band: never zero, never bridged by a line. Estimated is hatched or dashed.
(function () {
  "use strict";

  const TEXT = "#3f4a5c";
  const GRID = "#dfe4eb";
  const ESTIMATED = "#b25e00";
  const CORRECTED = "#7a3e9d";
  const MISSING_BAND = "rgba(107, 114, 128, 0.16)";
  const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: -Math.PI / 4, color: "rgba(255,255,255,0.75)" };
  const FONT = getComputedStyle(document.documentElement).getPropertyValue("--tblr-font-sans-serif");

  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2, minimumFractionDigits: 2 });
  const short = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

  function figure(value, unit, nothing) {
    return value === null || value === undefined ? nothing : grouped.format(value) + " " + unit;
  }

  function escapeText(text) {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  function base(spec) {
    return {
      animation: false,
      textStyle: { fontFamily: FONT, color: TEXT },
      aria: { enabled: true, label: { description: spec.label } },
      grid: { left: 12, right: 16, top: 48, bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10, itemGap: 16, textStyle: { color: TEXT }, icon: "roundRect" },
    };
  }

  function valueAxis(unit) {
    return {
      type: "value",
      name: unit,
      nameLocation: "end",
      nameGap: 10,
      nameTextStyle: { align: "right", color: TEXT },
      axisLabel: { color: TEXT, formatter: (v) => short.format(v) },
      splitLine: { lineStyle: { color: GRID } },
    };
  }

  function bands(edges) {
    return { silent: true, itemStyle: { color: MISSING_BAND }, data: edges, label: { show: false } };
  }

  // Bars per period, stacked by energy; a bar that rests on estimates is hatched; a period without data is a grey band.
  function trend(spec) {
    const option = base(spec);
    option.grid.top = 52;
    const series = spec.series.map((one) => ({
      name: one.name,
      type: "bar",
      stack: "total",
      barMaxWidth: 36,
      itemStyle: { color: one.color },
      data: one.values.map((value, i) =>
        one.estimated[i] ? { value: value, itemStyle: { color: one.color, decal: HATCH } } : value),
    }));
    if (spec.before) {
      series.push({
        name: spec.before.name, type: "line", data: spec.before.values, symbol: "circle", symbolSize: 4, z: 5,
        lineStyle: { type: "dashed", width: 1.5, color: "#4b5563" }, itemStyle: { color: "#4b5563" },
      });
    }
    if (spec.missing.length) {
      // A band between category centres has no width: a bar of full height on its own axis fills the category instead.
      series.push({
        name: spec.words.missing, type: "bar", yAxisIndex: 1, barWidth: "100%", barGap: "-100%", silent: true, z: 0,
        itemStyle: { color: MISSING_BAND }, data: spec.periods.map((_, i) => (spec.missing.includes(i) ? 1 : null)),
      });
    }
    return Object.assign(option, {
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => trendTip(spec, points[0].dataIndex) },
      xAxis: { type: "category", data: spec.periods, axisTick: { alignWithLabel: true }, axisLabel: { color: TEXT } },
      yAxis: [valueAxis(spec.unit), { type: "value", show: false, min: 0, max: 1, axisLabel: { show: false } }],
      series: series,
    });
  }

  function trendTip(spec, i) {
    const rows = spec.series
      .filter((one) => one.values[i] !== null)
      .map((one) => row(one.color, one.name, figure(one.values[i], spec.unit, spec.words.missing),
        one.estimated[i] ? spec.words.estimated : ""));
    if (!rows.length) rows.push(escapeText(spec.words.missing));
    if (spec.before && spec.before.values[i] !== null) {
      rows.push(row("#4b5563", spec.before.name, figure(spec.before.values[i], spec.unit, "–"), ""));
    }
    return "<b>" + escapeText(spec.titles[i]) + "</b><br>" + rows.join("<br>");
  }

  function row(colour, name, value, note) {
    const mark = '<span style="display:inline-block;width:10px;height:10px;margin-right:6px;background:' + colour + '"></span>';
    return mark + escapeText(name) + "&emsp;<b>" + escapeText(value) + "</b>" + (note ? " " + escapeText(note) : "");
  }

  // Load curve: steps over each interval; measured solid, estimated dashed and hatched, missing a grey band.
  function startOf(spec, i) {
    return Date.parse(spec.starts[i]);
  }

  // Intervals of a load curve are of one length; those of a window carry their ends, since months differ.
  function endOf(spec, i) {
    return spec.ends ? Date.parse(spec.ends[i]) : startOf(spec, i) + spec.step_ms;
  }

  function steps(spec, values, shown) {
    const data = [];
    values.forEach((value, i) => {
      const start = startOf(spec, i);
      if (!shown(i) || value === null) {
        if (data.length && data[data.length - 1][1] !== null) data.push([start, null]);
        return;
      }
      data.push([start, value, i], [endOf(spec, i), value, i]);
    });
    return data;
  }

  function runs(spec, wanted) {
    return steps(spec, spec.values, (i) => spec.states[i] === wanted);
  }

  function gaps(spec) {
    const found = [];
    spec.states.forEach((state, i) => {
      if (state !== 2) return;
      const start = startOf(spec, i);
      const last = found[found.length - 1];
      if (last && last[1].xAxis === start) last[1].xAxis = endOf(spec, i);
      else found.push([{ xAxis: start }, { xAxis: endOf(spec, i) }]);
    });
    return found;
  }

  function clock(ms) {
    return new Date(ms + 8 * 3600000).toISOString().slice(11, 16);
  }

  function loadTip(spec, ms) {
    const i = Math.min(spec.starts.length - 1, Math.max(0, Math.floor((ms - Date.parse(spec.starts[0])) / spec.step_ms)));
    const start = Date.parse(spec.starts[i]);
    const state = [spec.words.measured, spec.words.estimated, spec.words.missing, spec.words.none][spec.states[i]];
    const lines = ["<b>" + clock(start) + "–" + clock(start + spec.step_ms) + "</b>"];
    if (spec.values[i] !== null) lines.push("<b>" + escapeText(figure(spec.values[i], spec.unit, "–")) + "</b>");
    lines.push(escapeText(state) + (spec.corrected.includes(i) ? " · " + escapeText(spec.words.corrected) : ""));
    return lines.join("<br>");
  }

  // The series of a load curve: what is measured, what is estimated, what is missing, what was corrected.
  function stateSeries(spec) {
    const line = (name, state, colour, style, area) => ({
      name: name, type: "line", showSymbol: false, connectNulls: false, data: runs(spec, state),
      lineStyle: { width: 1.75, color: colour, type: style }, itemStyle: area, areaStyle: { opacity: 0.16, color: colour },
    });
    const measured = line(spec.words.measured, 0, spec.color, "solid", { color: spec.color });
    const estimated = line(spec.words.estimated, 1, ESTIMATED, "dashed", { color: ESTIMATED, decal: Object.assign({}, HATCH, { color: "rgba(178,94,0,0.55)" }) });
    const missing = { name: spec.words.missing, type: "line", data: [], itemStyle: { color: "#9aa1ad" }, markArea: bands(gaps(spec)) };
    const corrected = {
      name: spec.words.corrected, type: "scatter", symbol: "circle", symbolSize: 9, z: 6,
      itemStyle: { color: "#fff", borderColor: CORRECTED, borderWidth: 2 },
      data: spec.corrected.filter((i) => spec.values[i] !== null)
        .map((i) => [(startOf(spec, i) + endOf(spec, i)) / 2, spec.values[i]]),
    };
    const used = [measured, estimated, missing].filter((one) => one.data.length || (one.markArea && one.markArea.data.length));
    if (corrected.data.length) used.push(corrected);
    return used;
  }

  function load(spec) {
    const option = base(spec);
    const first = Date.parse(spec.starts[0]);
    const used = stateSeries(spec);
    return Object.assign(option, {
      tooltip: { trigger: "axis", axisPointer: { type: "line", snap: false }, formatter: (points) => loadTip(spec, points[0].axisValue) },
      xAxis: {
        type: "time", min: first, max: first + spec.starts.length * spec.step_ms, splitLine: { show: false },
        axisLabel: { color: TEXT, formatter: (ms) => (ms === first + spec.starts.length * spec.step_ms ? "24:00" : clock(ms)), showMaxLabel: true },
        interval: 2 * 3600000, minInterval: 2 * 3600000, maxInterval: 2 * 3600000,
      },
      yAxis: valueAxis(spec.unit),
      series: used,
    });
  }

  const FLAGGED = { suspect: "#b25e00", fail: "#a32020", missing: "#4b5563", unknown: "#566072" };
  const COMPARED = [["#009e73", "dotted"], ["#8c6d1f", [8, 3, 2, 3]]];

  // Readings around an interval: the load curve over several days, what the finding covers framed, and the same
  // clock time of earlier days as thin lines behind.
  function windowOf(spec) {
    const option = base(spec);
    option.grid.top = 52;
    const first = startOf(spec, 0);
    const last = endOf(spec, spec.starts.length - 1);
    const used = spec.compared.map((one, n) => ({
      name: one.name, type: "line", showSymbol: false, connectNulls: false, z: 1, data: steps(spec, one.values, () => true),
      lineStyle: { width: 1.25, color: COMPARED[n % 2][0], type: COMPARED[n % 2][1] }, itemStyle: { color: COMPARED[n % 2][0] },
    }));
    used.push(...stateSeries(spec));
    const colour = FLAGGED[spec.marked.flag] || FLAGGED.unknown;
    used.push({
      name: spec.marked.name, type: "line", data: [], itemStyle: { color: colour }, z: 7,
      markArea: {
        silent: true, itemStyle: { color: colour, opacity: 0.1, borderColor: colour, borderWidth: 1.5, borderType: "solid" },
        label: { show: true, position: "insideTop", color: colour, fontWeight: "bold", formatter: markedText(spec) },
        data: [[{ xAxis: Date.parse(spec.marked.start) }, { xAxis: Date.parse(spec.marked.end) }]],
      },
    });
    return Object.assign(option, {
      tooltip: { trigger: "axis", axisPointer: { type: "line", snap: false }, formatter: (points) => windowTip(spec, points[0].axisValue) },
      xAxis: {
        type: "time", min: first, max: last, splitLine: { show: false },
        axisLabel: { color: TEXT, hideOverlap: true, formatter: (ms) => axisText(spec, ms) },
        ...(spec.slot === "hour" ? { interval: 4 * 3600000, minInterval: 4 * 3600000, maxInterval: 4 * 3600000 } : {}),
      },
      yAxis: Object.assign(valueAxis(spec.unit), spec.clip === null ? {} : { max: spec.clip }),
      series: used,
    });
  }

  // What sticks out above the end of the axis is written beside the letter, so that nobody takes the end for the value.
  function markedText(spec) {
    const high = spec.values.filter((value, i) => spec.clip !== null && value > spec.clip &&
      startOf(spec, i) >= Date.parse(spec.marked.start) && startOf(spec, i) < Date.parse(spec.marked.end));
    return spec.marked.letter + (high.length ? " ↑" + short.format(Math.max(...high)) + " " + spec.unit : "");
  }

  function axisText(spec, ms) {
    const local = new Date(ms + 8 * 3600000).toISOString();
    if (spec.slot === "month") return local.slice(0, 7);
    return spec.slot === "day" || local.slice(11, 16) === "00:00" ? local.slice(5, 10) : local.slice(11, 16);
  }

  function windowTip(spec, ms) {
    let i = spec.starts.findIndex((_, n) => ms < endOf(spec, n));
    if (i < 0) i = spec.starts.length - 1;
    const state = [spec.words.measured, spec.words.estimated, spec.words.missing, spec.words.none][spec.states[i]];
    const lines = ["<b>" + escapeText(spec.titles[i]) + "</b>"];
    if (spec.values[i] !== null) lines.push("<b>" + escapeText(figure(spec.values[i], spec.unit, "–")) + "</b>");
    lines.push(escapeText(state) + (spec.corrected.includes(i) ? " · " + escapeText(spec.words.corrected) : ""));
    spec.compared.forEach((one, n) => lines.push(row(COMPARED[n % 2][0], one.name, figure(one.values[i], spec.unit, "–"), "")));
    return lines.join("<br>");
  }

  // Scores by month, 0 to 100: a month that cannot be judged is a gap; the threshold is a dashed line with its number.
  function scores(spec) {
    const option = base(spec);
    option.grid.top = 48;
    const series = spec.series.map((one) => ({
      name: one.name, type: "line", connectNulls: false, data: one.values, symbol: one.symbol, symbolSize: 8,
      lineStyle: { width: 2, color: one.color, type: one.dash || "solid" }, itemStyle: { color: one.color },
    }));
    if (series.length && spec.threshold !== null) {
      series[0].markLine = {
        silent: true, symbol: "none", lineStyle: { type: "dashed", color: "#4b5563" },
        label: { position: "insideStartTop", color: TEXT, formatter: spec.threshold_word }, data: [{ yAxis: spec.threshold }],
      };
    }
    return Object.assign(option, {
      tooltip: {
        trigger: "axis",
        formatter: (points) => "<b>" + escapeText(spec.periods[points[0].dataIndex]) + "</b><br>" + spec.series
          .map((one) => row(one.color, one.name, figure(one.values[points[0].dataIndex], spec.unit, spec.nothing), "")).join("<br>"),
      },
      xAxis: { type: "category", data: spec.periods, axisTick: { alignWithLabel: true }, axisLabel: { color: TEXT } },
      yAxis: Object.assign(valueAxis(spec.unit), { max: 100, min: (seen) => Math.max(0, Math.min(80, Math.floor(seen.min / 10) * 10)) }),
      series: series,
    });
  }

  // Counts over the months as lines; each has a colour, a dash and a symbol of its own.
  function lines(spec) {
    const option = base(spec);
    const whole = (value) => (value === null ? "–" : short.format(value) + " " + spec.unit);
    return Object.assign(option, {
      tooltip: {
        trigger: "axis",
        formatter: (points) => "<b>" + escapeText(spec.periods[points[0].dataIndex]) + "</b><br>" + spec.series
          .map((one) => row(one.color, one.name, whole(one.values[points[0].dataIndex]), "")).join("<br>"),
      },
      xAxis: { type: "category", data: spec.periods, axisTick: { alignWithLabel: true }, axisLabel: { color: TEXT } },
      // Counts have whole steps; a ratio (fine) may need smaller ones. A long unit starts at the axis, not before it.
      yAxis: Object.assign(
        valueAxis(spec.unit), { min: 0, nameTextStyle: { align: "left", color: TEXT } }, spec.fine ? {} : { minInterval: 1 },
      ),
      series: spec.series.map((one) => ({
        name: one.name, type: "line", data: one.values, connectNulls: false, symbol: one.symbol, symbolSize: 6,
        lineStyle: { width: 2, color: one.color, type: one.dash }, itemStyle: { color: one.color },
      })),
    });
  }

  // What moved a figure: a bar for each group, its effects stacked to both sides of zero, hatched by kind.
  function effects(spec) {
    const option = base(spec);
    const signed = (value) => (value > 0 ? "+" : "") + grouped.format(value) + " " + spec.unit;
    return Object.assign(option, {
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" },
        formatter: (points) => "<b>" + escapeText(spec.groups[points[0].dataIndex]) + "</b><br>" + spec.series
          .map((one) => row(one.color, one.name, signed(one.values[points[0].dataIndex]), "")).join("<br>"),
      },
      xAxis: valueAxis(spec.unit),
      yAxis: { type: "category", data: spec.groups, inverse: true, axisLabel: { color: TEXT, width: 140, overflow: "truncate" } },
      series: spec.series.map((one, n) => ({
        name: one.name, type: "bar", stack: "effects", barMaxWidth: 22, data: one.values,
        itemStyle: { color: one.color, decal: n === 1 ? HATCH : undefined },
      })),
    });
  }

  // Shares of one total: ring, with names and shares in the legend beside it, in a narrow card below it, however many they are.
  function mix(spec) {
    const total = spec.slices.reduce((sum, one) => sum + one.value, 0);
    const share = (name) => ((spec.slices.find((one) => one.name === name).value / total) * 100).toFixed(1) + "%";
    const baseOption = Object.assign(base(spec), {
      grid: undefined,
      legend: {
        type: "scroll", orient: "vertical", itemWidth: 12, itemHeight: 12, itemGap: 9, icon: "roundRect",
        textStyle: { color: TEXT }, formatter: (name) => name + " " + share(name),
      },
      tooltip: { trigger: "item", formatter: (p) => row(p.color, p.name, figure(p.value, spec.unit, "–"), "(" + share(p.name) + ")") },
      series: [{
        type: "pie", label: { show: false }, itemStyle: { borderColor: "#fff", borderWidth: 2 },
        data: spec.slices.map((one) => ({ name: one.name, value: one.value, itemStyle: { color: one.color } })),
      }],
    });
    const beside = { legend: { top: "middle", left: "50%", bottom: null }, series: [{ radius: ["40%", "66%"], center: ["24%", "50%"] }] };
    const below = { legend: { top: "57%", left: "center", bottom: 0 }, series: [{ radius: ["29%", "50%"], center: ["50%", "27%"] }] };
    return { baseOption: baseOption, media: [{ query: { maxWidth: 279 }, option: below }, { option: beside }] };
  }

  // Flows from left to right, as wide as they are large; a node's name stays readable beside it.
  function sankey(spec) {
    const name = (key) => (spec.nodes.find((one) => one.name === key) || {}).label || key;
    const option = base(spec);
    delete option.grid;
    delete option.legend;
    return Object.assign(option, {
      tooltip: {
        trigger: "item",
        formatter: (p) => p.dataType === "edge"
          ? row(p.data.lineStyle.color, name(p.data.source) + " → " + name(p.data.target), figure(p.data.value, spec.unit, "–"), "")
          : row(p.color, name(p.name), figure(p.value, spec.unit, "–"), ""),
      },
      series: [{
        type: "sankey", left: 8, right: 150, top: 8, bottom: 8, nodeGap: 14, nodeWidth: 16, draggable: false, emphasis: { focus: "adjacency" },
        label: { color: TEXT, formatter: (p) => name(p.name) },
        data: spec.nodes.map((one) => ({ name: one.name, itemStyle: { color: one.color } })),
        links: spec.links.map((one) => ({ source: one.source, target: one.target, value: one.value, lineStyle: { color: one.color, opacity: 0.35 } })),
      }],
    });
  }

  const KINDS = { trend: trend, load: load, mix: mix, window: windowOf, scores: scores, lines: lines, sankey: sankey, effects: effects };

  function draw(root) {
    root.querySelectorAll(".chart[data-chart]").forEach((place) => {
      const source = document.getElementById(place.dataset.chart);
      if (!source) return;
      const spec = JSON.parse(source.textContent);
      const chart = echarts.getInstanceByDom(place) || echarts.init(place);
      const option = KINDS[spec.kind](spec);
      if (option.grid && option.legend) tops.set(chart, [option.grid.top, legendNames(option)]);
      chart.setOption(option, true);
      makeRoom(chart);
    });
  }

  // A legend that needs more than one line (English names are long) pushes the chart down instead of lying upon it.
  const tops = new WeakMap();
  const pen = document.createElement("canvas").getContext("2d");

  function legendNames(option) {
    return [...new Set((option.legend.data || option.series).map((one) => one.name || one).filter((one) => typeof one === "string"))];
  }

  function legendLines(names, width) {
    pen.font = "12px " + FONT;
    let lines = 1, used = 0;
    names.forEach((name) => {
      const wide = 14 + 5 + pen.measureText(name).width + 16;
      if (used && used + wide > width) { lines += 1; used = 0; }
      used += wide;
    });
    return lines;
  }

  function makeRoom(chart) {
    const [top, names] = tops.get(chart) || [];
    if (names) chart.setOption({ grid: { top: top + 22 * (legendLines(names, chart.getWidth()) - 1) } });
  }

  function charts() {
    return Array.from(document.querySelectorAll(".chart[data-chart]"), (place) => echarts.getInstanceByDom(place)).filter(Boolean);
  }

  document.addEventListener("DOMContentLoaded", () => draw(document));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    const chart = event.target.matches?.(".chart[data-chart]") && echarts.getInstanceByDom(event.target);
    if (chart) chart.dispose();
  });
  document.addEventListener("htmx:afterSettle", (event) => draw(event.target.isConnected ? event.target.parentElement || document : document));
  window.addEventListener("resize", () => charts().forEach((chart) => { chart.resize(); makeRoom(chart); }));
  window.addEventListener("beforeprint", () => charts().forEach((chart) => chart.resize()));
})();
