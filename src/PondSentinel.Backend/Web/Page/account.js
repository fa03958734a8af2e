"use strict";

// What became of the polls that were due, and how the gateways are.

function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

const STANDING = { on: "good", stopped: "", offline: "bad" };

function healthFacts(health, fact) {
  fact("buffer", null, health.unsettled === 0 ? say("nothingWaits") : counted("recordsWait", health.unsettled, { bytes: bytes(health.unsettledBytes) }));
  if (health.oldestUnsettledMs !== null) fact("oldestWaiting", null, told("isOld", { span: span(health.timeMs - health.oldestUnsettledMs) }));
  fact("roomUsed", null, told("roomOf", { used: bytes(health.bufferBytes), room: bytes(health.bufferBytesMax) }));
  if (health.bufferFault !== null) fact("card", "bad", health.bufferFault);
  if (health.lost.length === 0) fact("lostRecords", null, say("lostNone"));
  for (const loss of health.lost) {
    fact("lostRecords", "warn", `${loss.count.toLocaleString("en")}: ${loss.cause}`);
  }
  fact("timeFrom", health.clock === null ? "warn" : null, health.clock === null ? say("nobodyYet") : told("clockWithin", {
    clock: health.clock, span: health.clockErrorMs < 1000 ? `${health.clockErrorMs} ms` : span(health.clockErrorMs),
  }));
  fact("healthFrom", null, age(health.timeMs, null, "ago"));
}

function gatewayCard(gateway) {
  const facts = make("dl", "facts");
  const fact = (name, className, ...what) => facts.append(make("dt", null, say(name)), make("dd", className, ...what));
  fact("lastHeard", null, gateway.heardMs === null ? say("never") : age(gateway.heardMs, null, "ago"));
  if (gateway.health === null) fact("health", null, say("notSaid"));
  else healthFacts(gateway.health, fact);
  if (gateway.software !== null) fact("version", null, gateway.software);
  return make("article", "card",
    make("header", null, make("h3", null, gateway.id), make("span", `word ${STANDING[gateway.standing] ?? ""}`, say(gateway.standing))),
    make("p", "name", gateway.hardware ? `${gateway.site} · ${gateway.hardware}` : gateway.site),
    gateway.standing === "offline" ? make("p", "why", say("offlineNote")) : null,
    facts);
}

// What is overdue is bad; what will be due soon is a word of warning.
function dueItem(due) {
  const isOver = due.dueMs < nowMs();
  return make("li", null,
    make("div", "head", chartLink("label", due.label, due, "due"),
      make("span", `word ${isOver ? "bad" : "warn"}`, told(isOver ? "overdue" : "dueIn", { span: span(Math.abs(due.dueMs - nowMs())) }))),
    make("p", "name", `${due.station} · ${due.gateway} ${due.device}.${due.channel} · ${told("calibratedAt", { at: dayWords(due.doneMs) })}`));
}

const percent = (share) => `${Math.round(share * 1000) / 10} %`;

// What a reader has opened stays open when the numbers change.
const opened = new Set();

function causes(channel) {
  const table = make("table", null, make("thead", null, make("tr", null,
    make("th", null, say("fates")), make("th", null, say("today")), make("th", null, say("month")))));
  const body = make("tbody");
  for (const part of channel.month.parts) {
    const today = channel.today.parts.find((known) => known.fate === part.fate);
    body.append(make("tr", null, make("td", null, part.words),
      make("td", null, today ? today.span : "–"), make("td", null, part.span)));
  }
  const polls = (name, today, month) => body.append(make("tr", null, make("td", null, say(name)),
    make("td", null, today.toLocaleString("en")), make("td", null, month.toLocaleString("en"))));
  polls("pollsDue", channel.today.expected, channel.month.expected);
  polls("cameLate", channel.today.late, channel.month.late);
  if (channel.month.extra > 0) polls("beyond", channel.today.extra, channel.month.extra);
  table.append(body);
  return table;
}

function completenessItem(channel) {
  const key = [channel.gateway, channel.device, channel.channel].join("/");
  const share = channel.today.share;
  const colour = share >= 0.995 ? "good" : share >= 0.9 ? "warn" : "bad";
  const summary = make("summary", null, say("byCause"));
  summary.dataset.stays = key;
  const details = make("details", null, summary, causes(channel));
  details.open = opened.has(key);
  details.addEventListener("toggle", () => details.open ? opened.add(key) : opened.delete(key));
  const name = channel.device === "" ? channel.gateway : `${channel.station} · ${channel.gateway} ${channel.device}.${channel.channel}`;
  return make("li", null,
    make("div", "head", channel.device === "" ? make("span", "label", channel.label) : chartLink("label", channel.label, channel, "ledger"),
      channel.device !== "" && channel.today.expected > 0 ? make("span", `word ${colour}`, percent(share)) : null),
    make("p", "name", name),
    make("p", null, told("todayIs", channel.today)),
    make("p", "why", told("monthIs", channel.month)),
    channel.device === "" ? null : details);
}

function completeness(now) {
  const more = now.completenessChannels - now.completeness.length;
  const [due, idle] = [true, false].map((isDue) => now.completeness.filter((channel) => (channel.device === "" || channel.month.expected > 0) === isDue));
  return [
    due.length > 0 ? make("ul", "card complete", ...due.map(completenessItem)) : "",
    idle.length > 0 ? make("p", "name", counted("nothingDue", idle.length)) : "",
    more > 0 ? make("p", "name", counted("moreChannels", more)) : ""];
}
