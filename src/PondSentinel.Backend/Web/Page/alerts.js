"use strict";

// What is an alert now, and what is over.

const PHASE = { firing: "bad", pending: "warn", clearing: "" };
const PHASE_NOTE = { pending: "pendingNote", clearing: "clearingNote" };

// The alarm that a message has led to; a message names the episode, which is of an alarm of another name where it comes and goes.
const wanted = new URLSearchParams(location.search).get("alarm");
const isWanted = (alert) => wanted !== null && (alert.alarm === wanted || alert.episode === wanted);
let isWantedShown = false;

// Once: whoever has looked on is not taken back.
function showWanted() {
  if (isWantedShown) return;
  isWantedShown = true;
  document.querySelector("[data-wanted]")?.scrollIntoView({ block: "center" });
}

const phaseWord = (alert) => make("span", `word alarm ${PHASE[alert.phase] ?? ""}`, say(alert.phase));

// A place by the name that people call it, where there is one.
function place(alert, sites) {
  const station = sites.find((site) => site.id === alert.site)?.stations.find((known) => known.id === alert.station);
  return station?.label || alert.station;
}

// The newest value of the channel that an alert is about; null where there is none, as of the silence of a gateway.
function valueOf(alert, sites) {
  const station = sites.find((site) => site.id === alert.site)?.stations.find((known) => known.id === alert.station);
  const value = station?.values.find((known) => alert.channel.split("@")[0] === `${known.device}.${known.channel}`);
  return value === undefined ? null : { ...value, site: alert.site, station: alert.station };
}

const SPAN_LEAST_MS = 3600000;

// What is measured, and with a click how it came to that: some time before, and as long after.
function curveOf(alert, sites, where) {
  const value = valueOf(alert, sites);
  if (value === null || alert.sinceMs === null) return alert.measurand;
  const end = alert.clearedMs ?? nowMs();
  const room = Math.max(SPAN_LEAST_MS, (end - alert.sinceMs) / 2);
  const more = alert.clearedMs === undefined && nowMs() - alert.sinceMs < 6 * SPAN_LEAST_MS
    ? { span: "6h" } : { from: Math.round(alert.sinceMs - room), to: Math.round(alert.clearedMs === undefined ? end : Math.min(nowMs(), end + room)) };
  return chartLink(null, alert.measurand, value, where, more);
}

const placeOf = (alert, sites) => told("placeOf", { place: place(alert, sites), site: alert.site });
const sideAndLimit = (alert) => ({ side: say(alert.side), limit: withUnit(alert.limit, alert) });

function alertCard(alert, sites) {
  const note = PHASE_NOTE[alert.phase];
  const measured = make("div", "measured",
    make("p", null,
      make("span", null,
        make("strong", "number", alert.value ?? "–"), alert.value === null ? null : make("span", "unit", unitOf(alert))),
      make("span", "limit", told("alarmAt", sideAndLimit(alert)))),
    make("p", "compared", curveOf(alert, sites, "curve"), alert.peak === null ? "" : ` · ${told("worstIs", { value: withUnit(alert.peak, alert) })}`,
      alert.valueMs === null ? ` · ${say("noValue")}` : make("span", null, " · ", age(alert.valueMs, alert.oldAfterMs, "measuredAgo"))));
  measured.dataset.ages = "";
  const card = make("article", "card alert",
    make("header", null,
      make("span", "chips", phaseWord(alert), make("span", "word", say(alert.severity))),
      alert.sinceMs === null ? null : make("span", "since", told("since", { at: moment(alert.sinceMs) }), age(alert.sinceMs, null, "plain"))),
    make("h3", null, alert.text),
    make("p", "where", placeOf(alert, sites)),
    alert.grade === "indicative" ? make("p", "note", say("indicative")) : null,
    measured,
    note ? make("p", "note", say(note)) : null,
    alert.do === null ? null : make("p", "do", make("b", null, say("toDo")), alert.do),
    deskState(alert),
    deskButtons(alert, placeOf(alert, sites)),
    make("small", null, [
      told("ruleName", alert), alert.channel, alert.standard, alert.clause].filter((part) => part !== null).join(" · ")));
  card.dataset.phase = alert.phase;
  if (isWanted(alert)) card.dataset.wanted = "";
  return card;
}

// The hold after it is no part of it.
const endOf = (alert) => alert.backMs ?? alert.clearedMs;

// What is over is told apart from what is: whoever looks in the morning sees that there was something at night.
function endedItem(alert, sites) {
  const text = told("overText", {
    ...sideAndLimit(alert), place: placeOf(alert, sites), worst: withUnit(alert.peak, alert),
    since: moment(alert.sinceMs), until: moment(endOf(alert)), span: span(endOf(alert) - alert.sinceMs),
  });
  return make("li", null,
    make("span", "word", say("over")),
    make("span", null, make("b", null, alert.text), " ", curveOf(alert, sites, "over"), ` ${text}`, alert.grade === "indicative" ? ` (${say("indicative")})` : ""));
}

function ended(now) {
  return now.ended.length === 0 ? [] : [
    make("h3", "ended-title", say("overTitle")),
    make("ul", "card ended", ...now.ended.map((alert) => endedItem(alert, now.sites)))];
}

function calm(now) {
  const text = now.rules === 0
    ? say("noRule")
    : now.watched === 0
      ? counted("rulesWait", now.rules)
      : told("within", { rules: counted("rulesWatch", now.rules), values: counted("values", now.watched) });
  return make("p", "card calm", now.watched > 0 ? make("span", "mark", "✓") : null, make("span", null, text));
}
