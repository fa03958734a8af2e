"use strict";

// What is now, from the backend's stream.

const PULSE_LOST_MS = 25000;
const RECONNECT_MS = 3000;

let snapshot = null;
let source = null;
let heard = performance.now();
let retry = null;

const shownIn = new WeakMap();

// Rebuilding only what has changed keeps a screen reader from saying everything again.
function fill(holder, key, build) {
  const text = JSON.stringify([language, key]);
  if (shownIn.get(holder) === text) return;
  shownIn.set(holder, text);
  const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.stays : undefined;
  holder.replaceChildren(...build());

  // Whoever walks the page by keyboard stays where he was.
  if (focused !== undefined) holder.querySelector(`[data-stays="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function render(now) {
  const labels = now.sites.map((site) => site.stations.map((station) => station.label));
  const heard = now.alerts.map((alert) => valueOf(alert, now.sites) !== null);
  fill(byId("alerts"), [now.alerts, now.rules, now.watched, labels, heard],
    () => now.alerts.length > 0 ? now.alerts.map((alert) => alertCard(alert, now.sites)) : [calm(now)]);
  fill(byId("silences"), now.silences, () => silenceList(now.silences));
  fill(byId("ended"), [now.ended, labels], () => ended(now));
  renderSites(now);
  byId("due-section").hidden = now.calibrationsDue.length === 0;
  fill(byId("due"), [now.calibrationsDue, new Date(now.nowMs).toDateString()], () => [make("ul", "card complete", ...now.calibrationsDue.map(dueItem))]);
  byId("completeness-section").hidden = now.completeness.length === 0;
  fill(byId("completeness"), [now.completeness, now.completenessChannels], () => completeness(now));
  fill(byId("gateways"), now.gateways, () => now.gateways.length > 0 ? now.gateways.map(gatewayCard) : [make("p", "card quiet", say("noGateway"))]);
  const firing = now.alerts.filter((alert) => alert.phase === "firing").length;
  document.title = firing > 0 ? `(${firing}) PondSentinel` : "PondSentinel";
  byId("foot").textContent = `${told("foot", now)} ${now.isFull ? say("full") : ""}`.trim();
  tick();
  markDrawn();
  showWanted();
}

function setLink(state, text) {
  byId("link").dataset.state = state;
  if (byId("link-text").textContent !== text) byId("link-text").textContent = text;
  const lost = state === "lost";
  document.body.classList.toggle("lost", lost && snapshot !== null);
  byId("stale").hidden = !lost;
}

function close() {
  source?.close();
  source = null;
}

function lose() {
  close();
  checkWho();
  setLink("lost", say("lost"));
  byId("stale").textContent = snapshot === null ? say("noLink") : told("noLinkSince", { at: moment(anchor.nowMs) });
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
  setLink("live", say("live"));
}

function connect() {
  close();
  heard = performance.now();
  const stream = new EventSource(`/events?lang=${language}`);
  source = stream;
  stream.addEventListener("snapshot", (event) => {
    if (source !== stream) return;
    snapshot = JSON.parse(event.data);
    alive(snapshot.nowMs);
    render(snapshot);
  });
  stream.addEventListener("pulse", (event) => {
    if (source === stream) alive(JSON.parse(event.data).nowMs);
  });
  stream.addEventListener("error", () => {
    if (source === stream) lose();
  });
}

// What the backend says comes in the new language by a new stream; until then the old words stay.
byId("language").addEventListener("click", () => {
  setLanguage(say("otherLang"));
  sayAll(document);
  connect();
});

setInterval(() => {
  if (source !== null && performance.now() - heard > PULSE_LOST_MS) lose();
  tick();
}, 1000);
sayAll(document);
setLink("connecting", say("connecting"));
connect();
