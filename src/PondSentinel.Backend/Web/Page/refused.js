"use strict";

// What was refused, for those who may give it in once more; nobody else asks for it.

const REFUSED_EVERY_MS = 30000;
const REFUSED_WHILE_WAITING_MS = 2000;

let refusedTimer = null;

function letterItem(group) {
  const when = { first: moment(group.firstMs), last: moment(group.lastMs) };
  return make("li", null,
    make("div", "head", make("span", "label", group.label), make("span", "word warn", counted("values", group.count))),
    make("p", "name", `${group.station} · ${group.gateway} ${group.device}.${group.channel}`),
    make("p", null, group.words),
    make("p", "why", group.detail),
    make("p", "why", told(when.first === when.last ? "measuredAt" : "measuredFromTo", when)));
}

function lettersPart(letters) {
  const notes = [
    letters.waitingDays > 0 ? make("p", "state", make("span", "word", say("waiting")), ` ${counted("lettersWaiting", letters.waitingDays)}`) : null,
    letters.unreadDays > 0 ? make("p", "name", counted("lettersUnread", letters.unreadDays)) : null,
    letters.unreadableLines > 0 ? make("p", "name", counted("lettersTorn", letters.unreadableLines)) : null,
    letters.moreGroups > 0 ? make("p", "name", counted("lettersMore", letters.moreGroups)) : null];
  return [
    letters.groups.length > 0 ? make("ul", "card complete", ...letters.groups.map(letterItem)) : null,
    ...notes,
    letters.days.length > 0 ? make("div", "buttons", button(say("giveDots"), "refused/letters", () => openDesk({
      title: say("give"), about: counted("giveAbout", letters.days.length, { from: letters.days[0], to: letters.days.at(-1) }), act: say("give"),
      path: "refused/letters", body: (form) => ({ days: letters.days, by: form.by }),
    }))) : null].filter((part) => part !== null);
}

function wholeLine(gateway) {
  const stand = gateway.standings.map((part) => counted("stand", part.count, part));
  if (gateway.unreadable > 0) stand.push(counted("noNumber", gateway.unreadable));
  return make("p", null, make("b", null, gateway.gateway), ` ${counted("wholeMessages", gateway.messages)}${stand.length > 0 ? say("colon") + stand.join(say("between")) : ""}`);
}

function wholeItem(day) {
  return make("li", null,
    make("div", "head", make("span", "label", day.day), day.waits ? make("span", "word", say("waiting")) : null),
    ...(day.gateways === null ? [make("p", "why", say("dayTooLarge"))] : day.gateways.map(wholeLine)),
    day.waits ? make("p", "why", say("dayWaits")) : make("div", "buttons", button(say("takeDots"), `refused/${day.day}`, () => openDesk({
      title: say("take"), about: told("takeAbout", day), act: say("take"), path: "refused/messages", body: (form) => ({ days: [day.day], by: form.by }),
    }))));
}

function showRefused(refused) {
  const { letters, messages } = refused;
  byId("letters-section").hidden = letters.days.length === 0 && letters.waitingDays === 0;
  fill(byId("letters"), [letters, new Date(nowMs()).toDateString()], () => lettersPart(letters));
  byId("whole-section").hidden = messages.length === 0;
  fill(byId("whole"), [messages, refused.olderDays], () => [
    make("ul", "card complete", ...messages.map(wholeItem)),
    refused.olderDays > 0 ? make("p", "name", counted("olderDays", refused.olderDays)) : ""]);
  return letters.waitingDays > 0 || messages.some((day) => day.waits);
}

async function lookRefused() {
  clearTimeout(refusedTimer);
  let soon = me === null || anchor === null;
  if (!soon && me.role !== "viewer" && !document.hidden) {
    try {
      const answer = await fetch(`/api/desk/refused?lang=${language}`);
      if (answer.ok) soon = showRefused(await answer.json());
    } catch {
      // Without a connection the page says so; the next look comes.
    }
  }
  clearTimeout(refusedTimer);
  refusedTimer = setTimeout(lookRefused, soon ? REFUSED_WHILE_WAITING_MS : REFUSED_EVERY_MS);
}

byId("desk").addEventListener("close", lookRefused);
byId("language").addEventListener("click", lookRefused);
document.addEventListener("visibilitychange", lookRefused);
lookRefused();
