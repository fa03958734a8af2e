"use strict";

// The page of one channel: what is asked is in its address, so that a picture can be sent as a link.

const SPANS = { "1h": 3600000, "6h": 21600000, "1d": 86400000, "7d": 604800000, "30d": 2592000000, "1y": 31536000000 };
const SPAN_MIN = 60000;
const SPAN_MAX = 400 * 86400000;
const FOLLOW_MS = 15000;
const FOLLOW_TOLERANCE_MS = 1000;
const REST_MS = 180;
const COLOUR_NAMES = { value: "k-main", limit: "k-limit", suspect: "k-warn", bad: "k-limit", missing: "k-soft" };

const address = new URLSearchParams(location.search);
const NAMES = ["site", "station", "gateway", "device", "channel"];
const keyOf = (thing) => NAMES.map((name) => thing[name] ?? "").join("/");
const main = Object.fromEntries(NAMES.map((name) => [name, address.get(name) ?? ""]));

// What is shown: a stretch that ends now and moves on (no end of its own), or one that stays.
const view = { spanMs: SPANS["1d"], toMs: null, second: address.get("second") ?? "" };
let clock = null;
let shown = null;
let chart = null;
let channels = [];
let asked = 0;
let timer = null;

// The moment that somebody without a pointer looks at, ms since 1970.
let standing = null;

// The backend's clock, not this browser's.
const nowMs = () => clock === null ? Date.now() : clock.nowMs + performance.now() - clock.at;
const toMs = () => view.toMs ?? nowMs();
const fromMs = () => toMs() - view.spanMs;

function readAddress() {
  const [from, to] = [Number(address.get("from")), Number(address.get("to"))];
  if (from > 0 && to > from) [view.spanMs, view.toMs] = [Math.min(SPAN_MAX, to - from), to];
  else if (SPANS[address.get("span")]) view.spanMs = SPANS[address.get("span")];
}

function writeAddress() {
  const wanted = new URLSearchParams(Object.entries(main).filter(([, value]) => value !== ""));
  const preset = Object.keys(SPANS).find((name) => SPANS[name] === view.spanMs);
  if (view.toMs === null && preset) wanted.set("span", preset);
  else {
    wanted.set("from", Math.round(fromMs()));
    wanted.set("to", Math.round(toMs()));
  }
  if (view.second !== "") wanted.set("second", view.second);
  history.replaceState(null, "", `/chart?${wanted}`);
}

function question(of, points) {
  const wanted = new URLSearchParams(NAMES.filter((name) => of[name]).map((name) => [name, of[name]]));
  wanted.set("from", Math.round(fromMs()));
  wanted.set("to", Math.round(toMs()));
  wanted.set("points", points);
  wanted.set("lang", language);
  return wanted;
}

const pointsWanted = () => Math.max(200, Math.min(2000, Math.round(byId("plot").clientWidth)));

async function read(of) {
  const answer = await fetch(`/api/series?${question(of, pointsWanted())}`);
  const json = await answer.json();
  if (answer.status === 401) checkWho();
  if (!answer.ok) throw new Error(json.detail ?? json.title);
  return json;
}

function complain(text) {
  byId("problem").hidden = text === null;
  if (text !== null) byId("problem").textContent = text;
}

const secondOf = () => channels.find((known) => keyOf(known) === view.second) ?? null;

// Only the newest question counts: an answer that comes late is of a stretch that nobody looks at any more.
async function load() {
  const mine = ++asked;
  const second = secondOf();
  try {
    const [answer, beside] = await Promise.all([read(main), second === null ? null : read(second)]);
    if (mine !== asked) return;
    clock = { nowMs: answer.nowMs, at: performance.now() };
    shown = { answer, beside };
    complain(null);
    render();
  } catch (error) {
    if (mine !== asked) return;
    complain(error instanceof TypeError ? say("failed") : error.message);
  }
  if (view.toMs === null || !byId("problem").hidden) later(FOLLOW_MS);
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(load, ms);
}

function show(from, to) {
  const span = Math.max(SPAN_MIN, Math.min(SPAN_MAX, Math.round(to - from)));
  const end = to >= nowMs() - FOLLOW_TOLERANCE_MS ? null : to;
  [view.spanMs, view.toMs] = [span, end];
  writeAddress();
  press();
  if (shown !== null) draw();
  later(REST_MS);
}

// A stretch of a round length that ends now and moves on.
function follow(span) {
  const now = nowMs();
  show(now - span, now);
}

function zoom(factor, aroundMs) {
  const [from, to] = [fromMs(), toMs()];
  const around = aroundMs ?? (view.toMs === null ? to : (from + to) / 2);
  show(around - (around - from) * factor, around + (to - around) * factor);
}

function move(part) {
  const by = view.spanMs * part;
  const to = Math.min(toMs() + by, nowMs());
  show(to - view.spanMs, to);
}

function draw() {
  const plot = byId("plot");
  const hadFocus = document.activeElement === plot;
  chart?.destroy();
  chart = drawChart(plot, fromMs(), toMs(), shown.answer, shown.beside, { point: tell, select: show });
  if (hadFocus) plot.focus({ preventScroll: true });
}

function nearest(times, ms, half) {
  let best = -1;
  for (let i = 0; i < times.length; i++) {
    if (best < 0 || Math.abs(times[i] + half - ms) < Math.abs(times[best] + half - ms)) best = i;
  }
  return best;
}

// A direction in degrees and by the compass.
function directionWords(degrees, answer) {
  const points = say("compass").split(" ");
  return `${withUnit(figures(degrees, CIRCLE), answer)} (${points[Math.round(degrees / 45) % points.length]})`;
}

// What a sample was, and how far its probe was from it.
function sampleWords({ timeMs, value, probe }, answer) {
  if (probe === null) return [make("b", null, withUnit(String(value), answer)), ` · ${say("noProbe")}`];
  const apart = Math.abs(probe.timeMs - timeMs);
  const when = apart < 1000 ? "" : `, ${spanWords(apart)} ${say(probe.timeMs < timeMs ? "before" : "after")}`;
  return [
    make("b", null, withUnit(String(value), answer)), ` · ${say("probe")} ${Number(probe.value.toFixed(4))} (${say(probe.flag)}${when}) · ${say("difference")} `,
    make("b", null, probe.text),
  ];
}

const calibrationWords = (done) => [`${done.id} · ${say(done.isAccepted ? "accepted" : "refused")} · ${say("by")} ${done.by}`, done.found, ...done.reasons]
  .filter((part) => part !== "").join(" · ");

const REACH_PX = 10;

// What people did at the moment under the pointer.
function deedsAt(ms, answer) {
  const reach = REACH_PX * view.spanMs / byId("plot").clientWidth;
  const near = (deed) => Math.abs(deed.timeMs - ms) <= reach;
  return [
    ...answer.samples.filter(near).map((sample) => make("span", "deed", `${say("sample")} ${momentWords(sample.timeMs)}: `, ...sampleWords(sample, answer))),
    ...answer.calibrations.filter(near).map((done) => make("span", "deed", `${say("calibration")} ${momentWords(done.timeMs)}: ${calibrationWords(done)}`)),
  ];
}

function valueWords(answer, ms) {
  const { points, bucketMs } = answer;
  const i = nearest(points.timeMs, ms, bucketMs / 2);
  if (i < 0) return null;
  const span = spanOf(answer);
  const number = points.mean[i] === null ? say("missing")
    : isDirection(answer) ? directionWords(points.mean[i], answer)
    : points.min[i] === points.max[i] ? withUnit(figures(points.max[i], span), answer)
      : `${figures(points.min[i], span)} – ${withUnit(figures(points.max[i], span), answer)}`;
  const flag = points.flag[i] === "good" || points.flag[i] === "missing" ? "" : ` · ${say(points.flag[i])}`;
  const why = points.why !== null && points.why[i] !== "" ? ` (${points.why[i].replaceAll(",", ", ")})` : "";
  const of = points.count[i] > 1 ? ` · ${points.count[i]} ${say("points")}` : "";
  return { at: points.timeMs[i], text: `${number}${flag}${why}${of}` };
}

function tell(ms) {
  const lines = [];
  if (ms !== null && shown !== null) {
    const own = valueWords(shown.answer, ms);
    if (own !== null) lines.push(make("span", null, `${momentWords(own.at)}: `, make("b", "k-main", own.text)));
    const other = shown.beside === null ? null : valueWords(shown.beside, ms);
    if (other !== null) lines.push(make("span", null, ` ${shown.beside.label}: `, make("b", "k-second", other.text)));
    lines.push(...deedsAt(ms, shown.answer));
  }
  byId("readout").replaceChildren(...lines);
}

function spanOf(answer) {
  const numbers = [...answer.points.min, ...answer.points.max].filter((value) => value !== null);
  return numbers.length === 0 ? 0 : numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b));
}

function summaryWords(answer) {
  const { min, max, count } = answer.points;
  const total = count.reduce((sum, n) => sum + n, 0);
  if (total === 0) return say("nothing");
  const numbers = (column, pick) => column.filter((value) => value !== null).reduce((a, b) => pick(a, b), pick === Math.min ? Infinity : -Infinity);
  const [low, high] = [numbers(min, Math.min), numbers(max, Math.max)];
  const range = Number.isFinite(low) && !isDirection(answer) ? ` · ${say("lowest")} ${withUnit(figures(low, high - low), answer)} · ${say("highest")} ${withUnit(figures(high, high - low), answer)}` : "";
  const each = answer.bucketMs > 0 ? ` · ${say("each")} ${spanWords(answer.bucketMs)}` : "";
  const gaps = answer.gaps.length > 0 ? ` · ${say("lacking")}: ${answer.gaps.length}` : "";
  return `${momentWords(answer.fromMs)} – ${momentWords(answer.toMs)} · ${total.toLocaleString("en")} ${say("points")}${range}${each}${gaps}`;
}

function key(colour, shape, text) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", "18");
  svg.setAttribute("height", "12");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", colour);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const [d, fill, dash] = {
    line: ["M0 6H18", "none", ""],
    dashed: ["M0 6H18", "none", "5 3"],
    dot: ["M9 3a3 3 0 1 0 .01 0z", "currentColor", ""],
    strip: ["M0 4H18V9H0z", "currentColor", ""],
    triangle: ["M4 2H14L9 10z", "currentColor", ""],
    diamond: ["M9 1L14 6L9 11L4 6z", "none", ""],
  }[shape];
  for (const [name, value] of [["d", d], ["fill", fill], ["stroke", "currentColor"], ["stroke-width", "2"], ["stroke-dasharray", dash]]) path.setAttribute(name, value);
  svg.append(path);
  return make("span", null, svg, text);
}

function legend() {
  const { answer, beside } = shown;
  const has = (flag) => answer.points.flag.includes(flag);
  const keys = [key("k-main", isDirection(answer) ? "dot" : "line", `${answer.label}${answer.bucketMs > 0 && !isDirection(answer) ? `, ${say("range")}` : ""}`)];
  if (beside !== null) keys.push(key("k-second", isDirection(beside) ? "dot" : "dashed", `${beside.label}, ${stationWords(beside)}`));
  if (drawn(answer).length > 0) keys.push(key("k-limit", "dashed", say("limit")));
  for (const flag of ["suspect", "bad", "missing"]) {
    if (has(flag)) keys.push(key(COLOUR_NAMES[flag], flag === "missing" ? "strip" : "dot", say(flag)));
  }
  if (answer.calibrations.length > 0) keys.push(key("k-good", "triangle", say("calibration")));
  if (answer.samples.length > 0) keys.push(key("", "diamond", say("sample")));
  if (answer.maintenance.length > 0) keys.push(key("k-soft", "strip", say("maintenance")));
  if (answer.alerts.length > 0) keys.push(key("k-limit", "strip", say("alert")));
  byId("legend").replaceChildren(...keys);
}

function list(title, items) {
  return items.length === 0 ? null : make("section", "card list", make("h2", null, say(title)), make("ul", null, ...items));
}

function lists() {
  const { answer } = shown;
  const text = (limit) => language === "zh" ? limit.textZh ?? limit.text : limit.text;
  const source = (limit) => [limit.standard, limit.clause].filter((part) => part).join(" · ");
  const parts = [
    list("limits", answer.limits.map((limit) => make("li", null,
      make("b", null, `${say(limit.side)} ${withUnit(String(limit.raise), limit)}`), ` ${text(limit)}`,
      make("span", "why", [limit.rule, limit.statistic === null ? "" : `${say("statistic")}: ${limit.statistic}`, source(limit)].filter((part) => part).join(" · "))))),
    list("alerts", answer.alerts.map((alert) => make("li", null,
      make("b", null, alert.rule), ` ${momentWords(alert.sinceMs)} – ${alert.clearedMs === null ? say("goesOn") : momentWords(alert.backMs ?? alert.clearedMs)}`,
      make("span", "why", `${say(alert.standing)} · ${say("worst")} ${alert.peakText}`)))),
    list("calibrations", answer.calibrations.map((done) => make("li", null,
      momentWords(done.timeMs), make("span", "why", calibrationWords(done))))),
    list("samples", answer.samples.map((sample) => make("li", null,
      `${momentWords(sample.timeMs)} `, ...sampleWords(sample, answer),
      make("span", "why", [sample.method, sample.who, sample.laboratory, sample.note].filter((part) => part).join(" · "))))),
    list("maintenances", answer.maintenance.map((stretch) => make("li", null,
      `${momentWords(stretch.fromMs)} – ${momentWords(stretch.toMs)}`, make("span", "why", [stretch.who, stretch.reason].filter((part) => part).join(" · "))))),
  ];
  byId("lists").replaceChildren(...parts.filter((part) => part !== null));
}

const stationWords = (answer) =>
  channels.find((known) => known.site === answer.site && known.station === answer.station)?.stationLabel ?? answer.station;

function render() {
  const { answer } = shown;
  byId("title").textContent = answer.label;
  const station = stationWords(answer);
  byId("place").textContent = `${station}, ${answer.site} · ${answer.device}.${answer.channel} · ${answer.unit}`;
  document.title = `${answer.label} · ${station} · PondSentinel`;
  byId("summary").textContent = summaryWords(answer);
  byId("csv").href = `/api/series.csv?${question(main, 5000)}`;
  byId("csv-second").hidden = shown.beside === null;
  if (shown.beside !== null) byId("csv-second").href = `/api/series.csv?${question(shown.beside, 5000)}`;
  byId("plot").setAttribute("aria-label", `${answer.label}: ${summaryWords(answer)}`);
  draw();
  legend();
  lists();
  tell(standing);
}

function press() {
  for (const button of byId("spans").children) {
    button.setAttribute("aria-pressed", String(view.toMs === null && SPANS[button.dataset.span] === view.spanMs));
  }
}

function button(text, label, act) {
  const made = make("button", null, text);
  made.type = "button";
  if (label !== null) {
    made.dataset.label = label;
  }
  made.addEventListener("click", act);
  return made;
}

function controls() {
  byId("spans").replaceChildren(...Object.keys(SPANS).map((name) => {
    const made = button("", null, () => follow(SPANS[name]));
    made.dataset.span = made.dataset.text = name;
    return made;
  }));
  byId("moves").replaceChildren(
    button("←", "earlier", () => move(-0.5)), button("→", "later", () => move(0.5)), button("+", "closer", () => zoom(0.5)),
    button("−", "wider", () => zoom(2)), button("⇥", "now", () => follow(view.spanMs)));
  byId("spans").dataset.label = "spans";
  byId("moves").dataset.label = "moves";
  sayAll(document);
  press();
}

// What stands beside: what a rule compares it with, then any other channel, by site and station.
function offer() {
  const groups = new Map();
  const together = channels.find((known) => keyOf(known) === keyOf(main))?.beside ?? [];
  for (const known of [...together.map((key) => channels.find((other) => keyOf(other) === key)).filter(Boolean), ...channels]) {
    const isTogether = together.includes(keyOf(known));
    const name = isTogether ? say("together") : `${known.stationLabel} · ${known.site}`;
    if (keyOf(known) === keyOf(main) || (isTogether && groups.get(name)?.querySelector(`[value="${CSS.escape(keyOf(known))}"]`))) continue;
    const option = make("option", null, `${known.label}${isTogether ? `, ${known.stationLabel}` : ""} (${known.device}.${known.channel})`);
    option.setAttribute("value", keyOf(known));
    option.selected = option.value === view.second;
    if (!groups.has(name)) {
      const group = make("optgroup");
      group.label = name;
      groups.set(name, group);
    }
    groups.get(name).append(option);
  }
  const none = make("option", null, say("none"));
  none.value = "";
  byId("second").replaceChildren(none, ...groups.values());
}

async function meet() {
  try {
    const now = await (await fetch(`/api/now?lang=${language}`)).json();
    clock = { nowMs: now.nowMs, at: performance.now() };
    channels = now.sites.flatMap((site) => site.stations.flatMap((station) => station.values.map((value) => ({
      site: site.id, station: station.id, stationLabel: station.label || station.id, gateway: value.gateway, device: value.device,
      channel: value.channel, label: value.label, beside: value.beside.map(keyOf),
    }))));
    if (main.gateway === "") {
      main.gateway = channels.find((known) => NAMES.every((name) => name === "gateway" || known[name] === main[name]))?.gateway ?? "";
    }
  } catch {
    complain(say("failed"));
  }
  offer();
  await load();
}

// From point to point without a pointer: what is there is told as under a pointer.
function step(by) {
  if (chart === null || shown.answer.points.timeMs.length === 0) return;
  const { timeMs } = shown.answer.points;
  const half = shown.answer.bucketMs / 2;
  const from = standing === null ? (by > 0 ? -1 : timeMs.length) : nearest(timeMs, standing, 0);
  standing = timeMs[Math.max(0, Math.min(timeMs.length - 1, from + by))];
  chart.setCursor({ left: chart.valToPos((standing + half) / 1000, "x"), top: 0 });
}

function begin() {
  readAddress();
  controls();
  return meet();
}

byId("second").addEventListener("change", (event) => {
  view.second = event.target.value;
  writeAddress();
  load();
});
byId("language").addEventListener("click", () => {
  setLanguage(say("otherLang"));
  controls();
  meet();
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());

const plot = byId("plot");
plot.addEventListener("keydown", (event) => {
  const act = event.shiftKey && event.key.startsWith("Arrow") ? { ArrowLeft: () => step(-1), ArrowRight: () => step(1) }[event.key] : {
    ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
    Home: () => follow(view.spanMs), End: () => follow(view.spanMs),
  }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
plot.addEventListener("wheel", (event) => {
  if (chart === null || event.deltaY === 0 || event.ctrlKey) return;
  event.preventDefault();
  const over = chart.over.getBoundingClientRect();
  zoom(event.deltaY < 0 ? 0.8 : 1.25, chart.posToVal(event.clientX - over.left, "x") * 1000);
}, { passive: false });
plot.addEventListener("blur", () => {
  standing = null;
});
plot.addEventListener("dblclick", () => zoom(2));

// Two fingers: what lies under them stays under them.
const fingers = new Map();
let grip = null;
plot.addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "touch") return;
  fingers.set(event.pointerId, event.clientX);
  if (fingers.size === 2 && chart !== null) {
    const left = chart.over.getBoundingClientRect().left;
    grip = [...fingers].map(([id, x]) => [id, chart.posToVal(x - left, "x") * 1000]);
  }
});
plot.addEventListener("pointermove", (event) => {
  if (!fingers.has(event.pointerId)) return;
  fingers.set(event.pointerId, event.clientX);
  if (grip === null || fingers.size !== 2) return;
  const box = chart.over.getBoundingClientRect();
  const [[a, msA], [b, msB]] = grip;
  const perPixel = (msB - msA) / (fingers.get(b) - fingers.get(a));
  if (!Number.isFinite(perPixel) || perPixel <= 0) return;
  const from = msA - (fingers.get(a) - box.left) * perPixel;
  show(from, from + box.width * perPixel);
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
  plot.addEventListener(name, (event) => {
    fingers.delete(event.pointerId);
    grip = null;
  });
}

let width = 0;
new ResizeObserver(() => {
  if (shown === null || plot.clientWidth === width) return;
  width = plot.clientWidth;
  draw();
}).observe(plot);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (shown !== null) draw();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && view.toMs === null) load();
});
begin();
