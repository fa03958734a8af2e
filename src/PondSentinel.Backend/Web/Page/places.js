"use strict";

// Sites and stations with what is measured there.

// The curve of a channel is a page of its own; `of` names it, `more` says which stretch, or what beside it.
function chartLink(className, text, of, where, more = {}) {
  const wanted = new URLSearchParams({ site: of.site, station: of.station, gateway: of.gateway, device: of.device, channel: of.channel, ...more });
  const link = make("a", className, text);
  link.href = `/chart?${wanted}`;
  link.dataset.stays = `${where}/${wanted}`;
  return link;
}

const placed = (site, station, value) => ({ ...value, site: site.id, station: station.id });

// What a rule compares it with, or what is measured above and below: both on one chart, by one click.
function pairs(site, station, value) {
  if (value.beside.length === 0) return null;
  const links = value.beside.map((other) => chartLink(null, `${other.label}, ${other.stationLabel || other.station}`, placed(site, station, value), "pair", {
    second: [other.site, other.station, other.gateway, other.device, other.channel].join("/"),
  }));
  return make("p", "pairs", `${say("comparedWith")} `, ...links.flatMap((link, i) => i === 0 ? [link] : [say("between"), link]));
}

const graded = (thing, text) => thing.grade === "indicative" ? `${text} · ${say("indicative")}` : text;

function valueItem(value, alerts, site, station) {
  const word = make("span", "word");
  word.dataset.flag = value.flag;
  show(word, value.isOld);
  const number = make("span", null,
    make("span", "number", value.text ?? "–"), value.text === null ? null : make("span", "unit", unitOf(value)));
  const item = make("li", `value ${value.flag}`,
    make("div", "head", chartLink("label", value.label, placed(site, station, value), "chart"), make("span", "chips", ...alerts.map(phaseWord), word)),
    make("div", "row", number, age(value.timeMs, value.oldAfterMs, "ago")));
  item.dataset.ages = "";
  if (value.isOld) item.classList.add("old");
  if (value.text === null && value.lastText !== null) {
    item.append(make("p", "why", told("lastNumber", { value: withUnit(value.lastText, value) }), age(value.lastMs, null, "ago")));
  }
  if (value.reasons.length > 0) item.append(make("p", "why", value.reasons.join(say("between"))));
  const from = value.deviceLabel ? `${value.deviceLabel} (${value.device}.${value.channel})` : `${value.device}.${value.channel}`;
  item.append(make("p", "name", graded(value, from)));
  const together = pairs(site, station, value);
  if (together !== null) item.append(together);
  return item;
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
    make("div", "row", number, age(average.endMs, average.oldAfterMs, "ago")));
  item.dataset.ages = "";
  item.append(make("p", "why", average.text === null ? told("hoursLack", average) : told("hoursOf", average)));
  item.append(make("p", "name", graded(average, `${average.device}.${average.channel}@${average.average}`)));
  return item;
}

const WORST = ["bad", "missing", "suspect", "unchecked", "good"];

// How a station is, in one word: its alert, else the worst of its values; and what is old is told before what was good once.
function stationWord(station, alerts) {
  const raised = ["firing", "clearing", "pending"].map((phase) => alerts.find((alert) => alert.phase === phase)).find(Boolean);
  if (raised) return phaseWord(raised);
  const flag = WORST.find((known) => station.values.some((value) => value.flag === known)) ?? "unchecked";
  const word = make("span", "word");
  word.dataset.flag = flag;
  show(word, station.values.some((value) => value.isOld));
  return word;
}

function stationParts(site, station, alerts, averages) {
  const about = (value) => alerts.filter((alert) => alert.channel === `${value.device}.${value.channel}`);
  return [
    make("header", null, make("h3", null, station.label || station.id), stationWord(station, alerts)),
    station.label ? make("p", "name", station.id) : null,
    make("ul", "values", ...station.values.map((value) => valueItem(value, about(value), site, station)), ...averages.map((average) => averageItem(average, alerts))),
  ];
}

// This month's report and the last one's; both are of the backend's clock, and by the site's own where it is set.
function reports(site) {
  const now = new Date(nowMs());
  return [0, 1].map((back) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
    const link = make("a", "report", told("report", { month }));
    link.href = `/report?${new URLSearchParams({ site: site.id, month, lang: language })}`;
    link.dataset.stays = `report/${site.id}/${month}`;
    return link;
  });
}

function siteSection(site) {
  return make("section", null,
    make("h2", null, make("span", "kind", `${say("site")} `), site.id, ...reports(site)),
    make("div", "grid", ...site.stations.map(() => make("article", "card"))));
}

// A card is made anew where its own station has changed: of a thousand channels few have since the last snapshot.
function renderSites(now) {
  const holder = byId("sites");
  fill(holder, [now.sites.map((site) => [site.id, site.stations.map((station) => station.id)]), new Date(now.nowMs).toISOString().slice(0, 7)],
    () => now.sites.map(siteSection));
  const cards = holder.querySelectorAll("article");
  const places = now.sites.flatMap((site) => site.stations.map((station) => [site, station]));
  for (const [i, [site, station]] of places.entries()) {
    const isHere = (thing) => thing.site === site.id && thing.station === station.id;
    const [alerts, averages] = [now.alerts.filter(isHere), now.averages.filter(isHere)];
    fill(cards[i], [station, alerts.map((alert) => [alert.channel, alert.phase]), averages], () => stationParts(site, station, alerts, averages).filter(Boolean));
  }
}
