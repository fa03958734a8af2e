"use strict";

// Draws a stretch of one or two series: what the numbers were, how far they may be trusted, and what people did meanwhile.

const STRIP = 6;
const COLOURS = ["ink", "soft", "line", "accent", "second", "good", "warn", "bad", "card"];

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// Colours of the style are #rrggbb.
const faint = (colour, percent) => `${colour}${Math.round(percent * 2.55).toString(16).padStart(2, "0")}`;

// Directions go round: a line from 350 to 10 would cross the whole chart, and there is no lowest.
const isDirection = (answer) => answer.measurand === "wind_direction_deg";
const CIRCLE = 360;

// Where the circle is cut open: a wind about north stands in the middle, not at both edges.
const cutOf = (answer) => isDirection(answer) && answer.points.mean.reduce((sum, degrees) => sum + (degrees === null ? 0 : Math.cos(degrees * Math.PI / 180)), 0) > 0 ? CIRCLE / 2 : 0;

// A line through a stretch without points would be a lie: a point without a number breaks it.
function withGaps(answer, cut = cutOf(answer)) {
  const { timeMs, min, max, mean, flag } = answer.points;
  const columns = { x: [], min: [], max: [], mean: [], flag: [], at: [] };
  const opened = (degrees) => degrees !== null && degrees < cut ? degrees + CIRCLE : degrees;
  const gaps = new Set(answer.gaps.map((gap) => gap.toMs));
  for (let i = 0; i < timeMs.length; i++) {
    if (gaps.has(timeMs[i])) {
      columns.x.push((timeMs[i - 1] + timeMs[i]) / 2000);
      for (const name of ["min", "max", "mean"]) columns[name].push(null);
      columns.flag.push("gap");
      columns.at.push(-1);
    }
    columns.x.push((timeMs[i] + answer.bucketMs / 2) / 1000);
    columns.min.push(min[i]);
    columns.max.push(max[i]);
    columns.mean.push(cut === 0 ? mean[i] : opened(mean[i]));
    columns.flag.push(flag[i]);
    columns.at.push(i);
  }
  return columns;
}

// Limits of values, in the unit of the values; those of means are listed, not drawn.
const drawn = (answer) => answer.limits.filter((limit) => limit.statistic === null && limit.unit === answer.unit);

// Far limits would press the curve flat.
function rangeOf(answer, ofSample) {
  if (isDirection(answer)) return [cutOf(answer), cutOf(answer) + CIRCLE];
  const numbers = [...answer.points.min, ...answer.points.max, ...(ofSample ? answer.samples.map((sample) => sample.value) : [])].filter((value) => value !== null);
  if (numbers.length === 0) {
    const limits = drawn(answer).map((limit) => limit.raise);
    return limits.length > 0 ? [Math.min(0, ...limits), Math.max(...limits) * 1.1 || 1] : [0, 1];
  }
  let low = numbers.reduce((a, b) => Math.min(a, b));
  let high = numbers.reduce((a, b) => Math.max(a, b));
  const span = Math.max(high - low, Math.abs(high) * 0.02, 1e-6);
  for (const limit of drawn(answer)) {
    if (limit.raise > low - 2 * span && limit.raise < high + 2 * span) {
      low = Math.min(low, limit.raise);
      high = Math.max(high, limit.raise);
    }
  }
  const room = Math.max(high - low, span) * 0.08;
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

function figures(value, span) {
  if (value === null || value === undefined) return "–";
  const decimals = span > 0 ? Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(span)))) : 2;
  // To even, as the backend rounds what stands on the other pages.
  return value.toLocaleString(localeTag(), { maximumFractionDigits: decimals, roundingMode: "halfEven" });
}

function timeTicks(u, splits, axis, space, step) {
  const tag = localeTag();
  const clock = new Intl.DateTimeFormat(tag, step < 60 ? { hour: "2-digit", minute: "2-digit", second: "2-digit" } : { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(tag, { day: "numeric", month: "short" });
  const month = new Intl.DateTimeFormat(tag, { month: "short", year: "numeric" });
  let shown = "";
  return splits.map((s) => {
    const at = new Date(s * 1000);
    if (step >= 28 * 86400) return month.format(at);
    const date = day.format(at);
    if (step >= 86400) return date;
    const text = date === shown ? clock.format(at) : `${clock.format(at)}\n${date}`;
    shown = date;
    return text;
  });
}

function clip(u, paint) {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  paint(u.ctx, { left, top, width, height, px: devicePixelRatio });
  u.ctx.restore();
}

function paintBehind(u, answer, hue) {
  clip(u, (ctx, box) => {
    const x = (ms) => u.valToPos(ms / 1000, "x", true);
    ctx.fillStyle = faint(hue.soft, 18);
    for (const stretch of answer.maintenance) {
      ctx.fillRect(x(stretch.fromMs), box.top, Math.max(box.px, x(stretch.toMs) - x(stretch.fromMs)), box.height);
    }
    ctx.fillStyle = faint(hue.bad, 12);
    for (const alert of answer.alerts) {
      const to = alert.backMs ?? alert.clearedMs ?? answer.nowMs;
      ctx.fillRect(x(alert.sinceMs), box.top, Math.max(box.px, x(to) - x(alert.sinceMs)), box.height);
    }
  });
}

function paintLimits(u, answer, scale, hue, box, ctx) {
  ctx.font = `${12 * box.px}px system-ui, sans-serif`;
  ctx.lineWidth = 1.5 * box.px;
  const names = [];
  for (const limit of drawn(answer)) {
    const y = u.valToPos(limit.raise, scale, true);
    if (y < box.top || y > box.top + box.height) continue;
    ctx.strokeStyle = hue.bad;
    ctx.setLineDash([6 * box.px, 4 * box.px]);
    ctx.beginPath();
    ctx.moveTo(box.left, y);
    ctx.lineTo(box.left + box.width, y);
    ctx.stroke();
    ctx.setLineDash([]);

    // Names of limits that lie together stand beside each other.
    const taken = names.filter((other) => Math.abs(other.y - y) < 15 * box.px);
    const left = taken.reduce((most, other) => Math.max(most, other.right), box.left + 6 * box.px);
    const text = `${limit.rule}: ${say(limit.side)} ${limit.raise}`;
    const width = ctx.measureText(text).width;
    if (left + width > box.left + box.width) continue;
    const above = y - box.top > 18 * box.px;
    const baseline = above ? y - 2 * box.px : y + 3 * box.px;
    ctx.textBaseline = above ? "bottom" : "top";
    ctx.textAlign = "left";
    ctx.strokeStyle = hue.card;
    ctx.lineWidth = 4 * box.px;
    ctx.strokeText(text, left, baseline);
    ctx.fillStyle = hue.bad;
    ctx.fillText(text, left, baseline);
    ctx.lineWidth = 1.5 * box.px;
    names.push({ y, right: left + width + 14 * box.px });
  }
}

function paintMarks(u, answer, hue, box, ctx) {
  const x = (ms) => u.valToPos(ms / 1000, "x", true);
  ctx.lineWidth = box.px;
  for (const done of answer.calibrations) {
    const at = x(done.timeMs);
    ctx.strokeStyle = ctx.fillStyle = done.isAccepted ? hue.good : hue.bad;
    ctx.setLineDash([2 * box.px, 3 * box.px]);
    ctx.beginPath();
    ctx.moveTo(at, box.top);
    ctx.lineTo(at, box.top + box.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(at - 6 * box.px, box.top);
    ctx.lineTo(at + 6 * box.px, box.top);
    ctx.lineTo(at, box.top + 9 * box.px);
    ctx.fill();
  }
  for (const { timeMs, value, probe } of answer.samples) {
    if (probe === null) continue;
    const [px, py] = [x(probe.timeMs), u.valToPos(probe.value, "y", true)];
    ctx.strokeStyle = ctx.fillStyle = hue.ink;
    ctx.lineWidth = 1.5 * box.px;
    ctx.beginPath();
    ctx.moveTo(x(timeMs), u.valToPos(value, "y", true));
    ctx.lineTo(px, py);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(px, py, 3.5 * box.px, 0, 2 * Math.PI);
    ctx.fill();
  }
  for (const sample of answer.samples) {
    const [at, y, r] = [x(sample.timeMs), u.valToPos(sample.value, "y", true), 6 * box.px];
    ctx.fillStyle = hue.card;
    ctx.strokeStyle = hue.ink;
    ctx.lineWidth = 2 * box.px;
    ctx.beginPath();
    ctx.moveTo(at, y - r);
    ctx.lineTo(at + r, y);
    ctx.lineTo(at, y + r);
    ctx.lineTo(at - r, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
}

// A strip below the curve has the worst flag of each point, and nothing where all is well; what is doubted is marked on the curve too.
function paintFlags(u, answer, columns, hue, box, ctx) {
  const colour = { suspect: hue.warn, bad: hue.bad, missing: hue.soft };
  const halfMs = Math.max(answer.bucketMs, answer.intervalMs ?? 0) / 2;
  for (let i = 0; i < columns.x.length; i++) {
    const paint = colour[columns.flag[i]];
    if (!paint) continue;
    const from = u.valToPos(columns.x[i] - halfMs / 1000, "x", true);
    const to = u.valToPos(columns.x[i] + halfMs / 1000, "x", true);
    ctx.fillStyle = paint;
    ctx.fillRect(from, box.top + box.height - STRIP * box.px, Math.max(2 * box.px, to - from), STRIP * box.px);
    const value = isDirection(answer) ? columns.mean[i] : columns.max[i];
    if (value === null) continue;
    ctx.beginPath();
    ctx.arc(u.valToPos(columns.x[i], "x", true), u.valToPos(value, "y", true), 2.5 * box.px, 0, 2 * Math.PI);
    ctx.fill();
  }
}

function paintBefore(u, answer, columns, hue) {
  clip(u, (ctx, box) => {
    paintLimits(u, answer, "y", hue, box, ctx);
    paintFlags(u, answer, columns, hue, box, ctx);
    paintMarks(u, answer, hue, box, ctx);
  });
}

function axisOf(scale, side, colour, hue, answer) {
  const compass = say("compass").split(" ").filter((_, i) => i % 2 === 0);
  const quarters = [0, 1, 2, 3, 4].map((quarter) => cutOf(answer) + quarter * CIRCLE / 4);
  const direction = { splits: () => quarters, values: () => quarters.map((degrees) => compass[degrees / 90 % 4]) };
  return {
    scale, side, stroke: colour, label: answer.unit, labelSize: 22, labelGap: 0, size: 58, font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
    grid: { show: side === 3, stroke: hue.line, width: 1 }, ticks: { stroke: hue.line, width: 1, size: 5 },
    values: (u, splits) => splits.map((value) => figures(value, Math.abs(splits[splits.length - 1] - splits[0]))),
    ...(isDirection(answer) ? direction : {}),
  };
}

// Two series have times of their own: what one lacks where only the other has a point breaks no line, but its own gaps do.
function joined(main, second) {
  const own = [main.x, main.min, main.max, main.mean];
  return second === null ? own : uPlot.join([own, [second.x, second.mean]]);
}

// A line, or dots where a line would lie.
function lineOf(answer, scale, colour, hasPoints, dash) {
  const line = { scale, stroke: colour, width: 2, dash, points: { show: hasPoints, size: 5, fill: colour } };
  return isDirection(answer) ? { ...line, paths: () => null, points: { show: true, size: 3.5, fill: colour } } : line;
}

// Makes the chart; what belongs to a person's pointer is told to `on`.
function drawChart(holder, from, to, answer, second, on) {
  const hue = colours();
  const columns = withGaps(answer);
  const same = second !== null && second.unit === answer.unit;
  // Two directions lie on one scale, so one cut is for both.
  const both = second !== null && isDirection(answer) && isDirection(second);
  const beside = second === null ? null : withGaps(second, cutOf(both ? answer : second));
  const range = rangeOf(answer, true);
  const other = second === null ? null : rangeOf(second, false);
  const y = same && !both ? [Math.min(range[0], other[0]), Math.max(range[1], other[1])] : range;
  const sparse = columns.x.length < holder.clientWidth / 8;
  const series = [
    {},
    { scale: "y", stroke: faint(hue.accent, 45), width: 1, points: { show: false }, show: !isDirection(answer) },
    { scale: "y", stroke: faint(hue.accent, 45), width: 1, points: { show: false }, show: !isDirection(answer) },
    lineOf(answer, "y", hue.accent, sparse),
  ];
  const axes = [
    { stroke: hue.soft, grid: { stroke: hue.line, width: 1 }, ticks: { stroke: hue.line, width: 1, size: 5 }, font: "12px system-ui, sans-serif", values: timeTicks, size: 46, space: 70 },
    axisOf("y", 3, hue.accent, hue, answer),
  ];
  const scales = { x: { time: true, range: () => [from / 1000, to / 1000] }, y: { range: () => y } };
  if (second !== null) {
    series.push(lineOf(second, same ? "y" : "z", hue.second, false, [7, 3]));
    if (!same) {
      axes.push(axisOf("z", 1, hue.second, hue, second));
      scales.z = { range: () => other };
    }
  }
  return new uPlot({
    width: holder.clientWidth, height: Math.max(260, Math.min(520, Math.round(holder.clientWidth * 0.5))),
    legend: { show: false }, scales, series, axes, bands: isDirection(answer) ? [] : [{ series: [2, 1], fill: faint(hue.accent, 18) }],
    cursor: { drag: { x: true, y: false, setScale: false, dist: 6 }, points: { size: 7 }, y: false, bind: { dblclick: () => () => null } },
    hooks: {
      drawClear: [(u) => paintBehind(u, answer, hue)],
      draw: [(u) => {
        paintBefore(u, answer, columns, hue);
        markDrawn();
      }],
      setCursor: [(u) => on.point(u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") * 1000 : null)],
      setSelect: [(u) => {
        if (u.select.width < 6) return;
        on.select(u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000);
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
    },
  }, joined(columns, beside), holder);
}
