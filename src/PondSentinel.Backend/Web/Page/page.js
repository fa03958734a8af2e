"use strict";

// Ages are counted from the backend's time, on this browser's stopwatch: its own clock may be wrong.

const PULSE_LOST_MS = 25000;
const RECONNECT_MS = 3000;

let snapshot = null;
let anchor = null;
let source = null;
let heard = performance.now();
let retry = null;

// A stopwatch may stand still while the machine sleeps, and a clock may be set back: the longer of both is true.
function nowMs() {
  return anchor.nowMs + Math.max(performance.now() - anchor.stopwatch, Date.now() - anchor.clock);
}

function setAnchor(ms) {
  anchor = { nowMs: ms, stopwatch: performance.now(), clock: Date.now() };
}

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min${s < 600 && s % 60 ? ` ${s % 60} s` : ""}`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

function moment(ms) {
  const at = new Date(ms);
  const day = new Date(nowMs()).toDateString() === at.toDateString();
  return at.toLocaleString([], day
    ? { hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// An age that ticks; what carries it turns grey once it is old.
function age(fromMs, oldAfterMs, before, after) {
  const element = make("time", "age");
  element.dateTime = new Date(fromMs).toISOString();
  element.title = new Date(fromMs).toLocaleString();
  element.dataset.from = fromMs;
  element.dataset.before = before;
  element.dataset.after = after;
  if (oldAfterMs !== null) element.dataset.oldAfter = oldAfterMs;
  return element;
}

function tick() {
  if (anchor === null) return;
  const now = nowMs();
  for (const element of document.querySelectorAll("time.age")) {
    const ms = now - Number(element.dataset.from);
    const isOld = element.dataset.oldAfter !== undefined && ms > Number(element.dataset.oldAfter);
    const holder = element.closest("[data-ages]");
    if (holder && element.dataset.oldAfter !== undefined) {
      holder.classList.toggle("old", isOld);
      const word = holder.querySelector("[data-flag]");
      if (word) show(word, isOld);
    }
    const text = `${element.dataset.before}${span(ms)}${element.dataset.after}`;
    if (element.textContent !== text) element.textContent = text;
  }
}

const FLAG = {
  good: ["good", "good data"],
  unchecked: ["", "unchecked data"],
  suspect: ["warn", "suspect data"],
  bad: ["bad", "bad data"],
  missing: ["bad", "no data"],
};

// A flag speaks of the moment when the value was measured: an old value is not called good.
function show(word, isOld) {
  const [colour, text] = isOld ? ["", "old data"] : FLAG[word.dataset.flag] || ["", word.dataset.flag];
  word.className = `word ${colour}`;
  if (word.textContent !== text) word.textContent = text;
}

// The curve of a channel is a page of its own.
function chartOf(site, station, value) {
  const wanted = new URLSearchParams({ site: site.id, station: station.id, gateway: value.gateway, device: value.device, channel: value.channel });
  const link = make("a", "label", value.label);
  link.href = `/chart?${wanted}`;
  link.dataset.stays = `chart/${wanted}`;
  return link;
}

function valueItem(value, alerts, site, station) {
  const word = make("span", "word");
  word.dataset.flag = value.flag;
  show(word, value.isOld);
  const number = make("span", null,
    make("span", "number", value.text ?? "–"), value.text === null ? null : make("span", "unit", unitOf(value)));
  const item = make("li", `value ${value.flag}`,
    make("div", "head", chartOf(site, station, value), make("span", "chips", ...alerts.map(phaseWord), word)),
    make("div", "row", number, age(value.timeMs, value.oldAfterMs, "", " ago")));
  item.dataset.ages = "";
  if (value.isOld) item.classList.add("old");
  if (value.text === null && value.lastText !== null) {
    item.append(make("p", "why", `last number ${withUnit(value.lastText, value)}, `, age(value.lastMs, null, "", " ago")));
  }
  if (value.reasons.length > 0) item.append(make("p", "why", value.reasons.join("; ")));
  const from = value.deviceLabel ? `${value.deviceLabel} (${value.device}.${value.channel})` : `${value.device}.${value.channel}`;
  item.append(make("p", "name", value.grade === "indicative" ? `${from} · indicative, not for compliance` : from));
  return item;
}

function stationCard(site, station, alerts, averages) {
  const about = (value) => alerts.filter((alert) => alert.site === site.id && alert.station === station.id
    && alert.channel === `${value.device}.${value.channel}`);
  return make("article", "card",
    make("header", null, make("h3", null, station.label || station.id), station.label ? make("span", "name", station.id) : null),
    make("ul", "values",
      ...station.values.map((value) => valueItem(value, about(value), site, station)),
      ...averages.filter((average) => average.site === site.id && average.station === station.id)
        .map((average) => averageItem(average, alerts))));
}

const STATE = { valid: "good", extrapolated: "suspect", "no-data": "missing" };

// A mean with too few hours has no number: it is neither fine nor bad.
function averageItem(average, alerts) {
  const about = alerts.filter((alert) => alert.site === average.site && alert.station === average.station
    && alert.channel === `${average.device}.${average.channel}@${average.average}`);
  const flag = STATE[average.state] || "missing";
  const word = make("span", "word");
  word.dataset.flag = flag;
  show(word, nowMs() - average.endMs > average.oldAfterMs);
  const number = make("span", null,
    make("span", "number", average.text ?? "–"), average.text === null ? null : make("span", "unit", unitOf(average)));
  const item = make("li", `value ${flag}`,
    make("div", "head", make("span", "label", average.label), make("span", "chips", ...about.map(phaseWord), word)),
    make("div", "row", number, age(average.endMs, average.oldAfterMs, "", " ago")));
  item.dataset.ages = "";
  item.append(make("p", "why", average.text === null
    ? `${average.hours} of ${average.length} hours, ${average.needed} are needed`
    : `of ${average.hours} of ${average.length} hours`));
  const from = `${average.device}.${average.channel}@${average.average}`;
  item.append(make("p", "name", average.grade === "indicative" ? `${from} · indicative, not for compliance` : from));
  return item;
}

// This month's report and the last one's; both are of the backend's clock, and by the site's own where it is set.
function reports(site) {
  const now = new Date(nowMs());
  return [0, 1].map((back) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
    const link = make("a", "report", `Report ${month}`);
    link.href = `/report?${new URLSearchParams({ site: site.id, month })}`;
    link.dataset.stays = `report/${site.id}/${month}`;
    return link;
  });
}

function siteSection(site, alerts, averages) {
  return make("section", null,
    make("h2", null, make("span", "kind", "Site "), site.id, ...reports(site)),
    make("div", "grid", ...site.stations.map((station) => stationCard(site, station, alerts, averages))));
}

const PHASE = {
  firing: ["bad", ""],
  pending: ["warn", "Beyond the limit, but not yet for long enough to raise the alarm."],
  clearing: ["", "Back within the limit, but not yet for long enough to end the alarm."],
};

const phaseWord = (alert) => make("span", `word alarm ${(PHASE[alert.phase] || [""])[0]}`, alert.phase);

// A place by the name that people call it, where there is one.
function place(alert, sites) {
  const station = sites.find((site) => site.id === alert.site)?.stations.find((known) => known.id === alert.station);
  return station?.label || alert.station;
}

function alertCard(alert, sites) {
  const [, note] = PHASE[alert.phase] || ["", ""];
  const measured = make("div", "measured",
    make("p", null,
      make("span", null,
        make("strong", "number", alert.value ?? "–"), alert.value === null ? null : make("span", "unit", unitOf(alert))),
      make("span", "limit", `alarm ${alert.side} ${withUnit(alert.limit, alert)}`)),
    make("p", "compared", `${alert.measurand}${alert.peak === null ? "" : ` · worst ${withUnit(alert.peak, alert)}`}`,
      alert.valueMs === null ? " · no value" : make("span", null, " · ", age(alert.valueMs, alert.oldAfterMs, "measured ", " ago"))));
  measured.dataset.ages = "";
  const card = make("article", "card alert",
    make("header", null,
      make("span", "chips", phaseWord(alert), make("span", "word", alert.severity)),
      alert.sinceMs === null ? null : make("span", "since", `since ${moment(alert.sinceMs)}, `, age(alert.sinceMs, null, "", ""))),
    make("h3", null, alert.text),
    make("p", "where", `${place(alert, sites)}, site ${alert.site}`),
    alert.grade === "indicative" ? make("p", "note", "indicative, not for compliance") : null,
    measured,
    note === "" ? null : make("p", "note", note),
    alert.do === null ? null : make("p", "do", make("b", null, "What to do: "), alert.do),
    deskState(alert),
    deskButtons(alert, place(alert, sites)),
    make("small", null, [
      `rule ${alert.rule}`, alert.channel, alert.standard, alert.clause].filter((part) => part !== null).join(" · ")));
  card.dataset.phase = alert.phase;
  return card;
}

// What is over is told apart from what is: whoever looks in the morning sees that there was something at night.
function endedItem(alert, sites) {
  return make("li", null,
    make("span", "word", "over"),
    make("span", null, make("b", null, alert.text),
      ` ${place(alert, sites)}, site ${alert.site}: ${alert.measurand}, worst ${withUnit(alert.peak, alert)}, alarm ${alert.side} ${withUnit(alert.limit, alert)}. From ${moment(alert.sinceMs)} to ${moment(alert.clearedMs)}, for ${span(alert.clearedMs - alert.sinceMs)}.${alert.grade === "indicative" ? " Indicative, not for compliance." : ""}`));
}

function ended(now) {
  return now.ended.length === 0 ? [] : [
    make("h3", "ended-title", "Over in the last 24 hours"),
    make("ul", "card ended", ...now.ended.map((alert) => endedItem(alert, now.sites)))];
}

function calm(now) {
  const text = now.rules === 0
    ? "There is no rule, so nothing can raise an alert."
    : now.watched === 0
      ? `${count(now.rules, "rule waits", "rules wait")} for a channel to watch: none has been seen that any of them is about.`
      : `All within limits. ${count(now.rules, "rule watches", "rules watch")} ${count(now.watched, "value", "values")}.`;
  return make("p", "card calm", now.watched > 0 ? make("span", "mark", "✓") : null, make("span", null, text));
}

const STANDING = { on: ["good", "on"], stopped: ["", "stopped"], offline: ["bad", "offline"] };

function gatewayCard(gateway) {
  const [colour, word] = STANDING[gateway.standing] || ["", gateway.standing];
  const facts = make("dl", "facts");
  const fact = (name, className, ...what) => facts.append(make("dt", null, name), make("dd", className, ...what));
  fact("Last heard", null, gateway.heardMs === null ? "never" : age(gateway.heardMs, null, "", " ago"));
  const health = gateway.health;
  if (health === null) {
    fact("Health", null, "not said yet");
  } else {
    fact("Buffer", null, health.unsettled === 0
      ? "nothing waits"
      : `${count(health.unsettled, "record waits", "records wait")}, ${bytes(health.unsettledBytes)}`);
    if (health.oldestUnsettledMs !== null) fact("Oldest waiting", null, `${span(health.timeMs - health.oldestUnsettledMs)} old`);
    fact("Room used", null, `${bytes(health.bufferBytes)} of ${bytes(health.bufferBytesMax)}`);
    if (health.bufferFault !== null) fact("Card", "bad", health.bufferFault);
    if (health.lost.length === 0) fact("Lost", null, "none");
    for (const loss of health.lost) {
      fact("Lost", "warn", `${loss.count.toLocaleString("en")}: ${loss.cause}`);
    }
    fact("Time from", health.clock === null ? "warn" : null,
      health.clock === null ? "nobody yet" : `${health.clock}, within ${health.clockErrorMs < 1000 ? `${health.clockErrorMs} ms` : span(health.clockErrorMs)}`);
    fact("Health from", null, age(health.timeMs, null, "", " ago"));
  }
  if (gateway.software !== null) fact("Version", null, gateway.software);
  return make("article", "card",
    make("header", null, make("h3", null, gateway.id), make("span", `word ${colour}`, word)),
    make("p", "name", gateway.hardware ? `${gateway.site} · ${gateway.hardware}` : gateway.site),
    gateway.standing === "offline" ? make("p", "why", "Silent for longer than it ever should be. Check its power and its link; what it measures waits in its buffer.") : null,
    facts);
}

const percent = (share) => `${Math.round(share * 1000) / 10} %`;

// What a reader has opened stays open when the numbers change.
const opened = new Set();

function causes(channel) {
  const table = make("table", null, make("thead", null, make("tr", null,
    make("th", null, "what became of the polls"), make("th", null, "today"), make("th", null, "31 days"))));
  const body = make("tbody");
  for (const part of channel.month.parts) {
    const today = channel.today.parts.find((known) => known.fate === part.fate);
    body.append(make("tr", null, make("td", null, part.words),
      make("td", null, today ? today.span : "–"), make("td", null, part.span)));
  }
  const polls = (name, today, month) => body.append(make("tr", null, make("td", null, name),
    make("td", null, today.toLocaleString("en")), make("td", null, month.toLocaleString("en"))));
  polls("polls due", channel.today.expected, channel.month.expected);
  polls("came late", channel.today.late, channel.month.late);
  if (channel.month.extra > 0) polls("beyond the schedule", channel.today.extra, channel.month.extra);
  table.append(body);
  return table;
}

function completenessItem(channel) {
  const key = [channel.gateway, channel.device, channel.channel].join("/");
  const share = channel.today.share;
  const colour = share >= 0.995 ? "good" : share >= 0.9 ? "warn" : "bad";
  const summary = make("summary", null, "By cause");
  summary.dataset.stays = key;
  const details = make("details", null, summary, causes(channel));
  details.open = opened.has(key);
  details.addEventListener("toggle", () => details.open ? opened.add(key) : opened.delete(key));
  const name = channel.device === "" ? channel.gateway : `${channel.station} · ${channel.gateway} ${channel.device}.${channel.channel}`;
  return make("li", null,
    make("div", "head", make("span", "label", channel.label),
      channel.device !== "" && channel.today.expected > 0 ? make("span", `word ${colour}`, percent(share)) : null),
    make("p", "name", name),
    make("p", null, `Today: ${channel.today.text}`),
    make("p", "why", `Last 31 days: ${channel.month.text}`),
    channel.device === "" ? null : details);
}

function completeness(now) {
  const more = now.completenessChannels - now.completeness.length;
  return [
    make("ul", "card complete", ...now.completeness.map(completenessItem)),
    more > 0 ? make("p", "name", `${count(more, "more complete channel is", "more complete channels are")} not shown; pond-backend ledger lists all.`) : ""];
}

// Rebuilding only what has changed keeps a screen reader from saying everything again.
function fill(holder, key, build) {
  const text = JSON.stringify(key);
  if (holder.dataset.shown === text) return;
  holder.dataset.shown = text;
  const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.stays : undefined;
  holder.replaceChildren(...build());

  // Whoever walks the page by keyboard stays where he was.
  if (focused !== undefined) holder.querySelector(`[data-stays="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function render(now) {
  const labels = now.sites.map((site) => site.stations.map((station) => station.label));
  const phases = now.alerts.map((alert) => [alert.site, alert.station, alert.channel, alert.phase]);
  fill(byId("alerts"), [now.alerts, now.rules, now.watched, labels],
    () => now.alerts.length > 0 ? now.alerts.map((alert) => alertCard(alert, now.sites)) : [calm(now)]);
  fill(byId("silences"), now.silences, () => silenceList(now.silences));
  fill(byId("ended"), [now.ended, labels], () => ended(now));
  fill(byId("sites"), [now.sites, now.averages, phases], () => now.sites.map((site) => siteSection(site, now.alerts, now.averages)));
  byId("completeness-section").hidden = now.completeness.length === 0;
  fill(byId("completeness"), [now.completeness, now.completenessChannels], () => completeness(now));
  fill(byId("gateways"), now.gateways, () => now.gateways.length > 0
    ? now.gateways.map(gatewayCard)
    : [make("p", "card quiet", "No gateway has been heard yet. Set [uplink] of a gateway to this machine's broker and start it with: pond-gateway run. To try it without any probe: pond-sim demo.")]);
  const firing = now.alerts.filter((alert) => alert.phase === "firing").length;
  document.title = firing > 0 ? `(${firing}) PondSentinel` : "PondSentinel";
  byId("foot").textContent = `Backend ${now.backend}. Values are provisional. Ages count from the measurement; what a gateway says of its buffer and clock is from its last health message.${now.isFull ? " There are more gateways or channels than fit here: some are missing on this page, though not in the store." : ""}`;
  tick();
}

function setLink(state, text) {
  byId("link").dataset.state = state;
  if (byId("link-text").textContent !== text) byId("link-text").textContent = text;
  const lost = state === "lost";
  document.body.classList.toggle("lost", lost && snapshot !== null);
  byId("stale").hidden = !lost;
}

function lose() {
  if (source !== null) {
    source.close();
    source = null;
  }
  const since = snapshot === null ? "" : ` What you see is from ${moment(anchor.nowMs)}.`;
  setLink("lost", "Not connected");
  byId("stale").textContent = `No connection to the backend.${since} Trying again…`;
  if (retry === null) {
    retry = setTimeout(() => {
      retry = null;
      connect();
    }, RECONNECT_MS);
  }
}

function alive(ms) {
  heard = performance.now();
  setAnchor(ms);
  setLink("live", "Live");
}

function connect() {
  heard = performance.now();
  const stream = new EventSource("/events");
  source = stream;
  stream.addEventListener("snapshot", (event) => {
    snapshot = JSON.parse(event.data);
    alive(snapshot.nowMs);
    render(snapshot);
  });
  stream.addEventListener("pulse", (event) => alive(JSON.parse(event.data).nowMs));
  stream.addEventListener("error", () => {
    if (source === stream) lose();
  });
}

setInterval(() => {
  if (source !== null && performance.now() - heard > PULSE_LOST_MS) lose();
  tick();
}, 1000);
connect();
