"use strict";

// What people do with alarms: take them on, and silence them. The backend's desk does it and keeps who did what.

let deskAct = null;

// By what name this person acts; kept in this browser.
function deskName(name) {
  try {
    if (name === undefined) return localStorage.getItem("name") ?? "";
    localStorage.setItem("name", name);
  } catch {
    // A browser that keeps nothing asks each time.
  }
  return "";
}

function deskState(alert) {
  const parts = [];
  if (alert.acknowledged !== null) {
    const { by, atMs, note } = alert.acknowledged;
    parts.push(make("span", "word good", say("acknowledged")), told("byWho", { by }), age(atMs, null, "ago"), note === "" ? "" : `: ${note}`);
  }
  if (alert.silencedUntilMs !== null) {
    if (parts.length > 0) parts.push(" ");
    parts.push(make("span", "word", say("silenced")), told("untilAt", { at: moment(alert.silencedUntilMs) }));
  }
  return parts.length === 0 ? null : make("p", "state", ...parts);
}

function deskButtons(alert, where) {
  if (alert.alarm === null) return null;
  const about = `${alert.text} · ${where}`;
  return make("div", "buttons",
    alert.acknowledged === null ? button(say("acknowledge"), `ack/${alert.alarm}`, () => openDesk({
      title: say("acknowledge"), about, note: say("note"), act: say("acknowledge"), path: "acknowledge",
      body: (form) => ({ episode: alert.alarm, by: form.by, note: form.note }),
    })) : null,
    button(say("silenceDots"), `silence/${alert.alarm}`, () => openDesk({
      title: say("silence"), about: told("silenceAbout", { about }), note: say("why"), act: say("silence"), path: "silence", needsNote: true,
      of: [
        [told("ofRule", alert), { rule: alert.rule, site: alert.site, station: alert.station }],
        [told("ofDevice", alert), { site: alert.site, station: alert.station, device: alert.device }],
        [told("ofStation", alert), { site: alert.site, station: alert.station }],
      ],
      body: (form, of) => ({ ...of, forMs: Number(form.for), by: form.by, why: form.note }),
    })));
}

const silenceWords = (silence) => ["rule", "site", "station", "device"].filter((name) => silence[name] !== null).map((name) => told(`is_${name}`, { name: silence[name] })).join(say("and"));

function silenceList(silences) {
  return silences.length === 0 ? [] : [make("ul", "card silences", ...silences.map((silence) => make("li", null,
    make("span", null, make("span", "word", say("silenced")), told("silencedLine", {
      what: silenceWords(silence), at: moment(silence.untilMs), by: silence.by, why: silence.why,
    })),
    button(say("endIt"), `unsilence/${silence.id}`, () => openDesk({
      title: say("endSilence"), about: silenceWords(silence), act: say("endIt"), path: "unsilence", body: (form) => ({ id: silence.id, by: form.by }),
    })))))];
}

function openDesk(act) {
  deskAct = act;
  const form = document.getElementById("desk-form");
  document.getElementById("desk-title").textContent = act.title;
  document.getElementById("desk-about").textContent = act.about;
  document.getElementById("desk-do").textContent = act.act;
  document.getElementById("desk-note").textContent = act.note ?? "";
  document.getElementById("desk-of").hidden = document.getElementById("desk-for").hidden = act.of === undefined;
  form.elements.note.closest("label").hidden = act.note === undefined;
  form.elements.note.required = act.needsNote === true;
  form.elements.of.replaceChildren(...(act.of ?? []).map(([text], i) => {
    const option = make("option", null, text);
    option.value = i;
    return option;
  }));
  const isNamed = me !== null && me.name !== null;
  form.elements.by.value = isNamed ? me.name : deskName();
  form.elements.by.closest("label").hidden = isNamed;
  form.elements.note.value = "";
  deskComplain(null);
  document.getElementById("desk").showModal();
  (form.elements.by.value === "" ? form.elements.by : act.note === undefined ? document.getElementById("desk-do") : form.elements.note).focus();
}

function deskComplain(text) {
  const problem = document.getElementById("desk-problem");
  problem.hidden = text === null;
  problem.textContent = text ?? "";
}

async function doDesk(form) {
  const desk = await (await fetch("/api/desk")).json();
  if (desk.token === null) return desk.refusal;
  const answer = await fetch(`/api/desk/${deskAct.path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Pond-Token": desk.token },
    body: JSON.stringify(deskAct.body(Object.fromEntries(new FormData(form)), deskAct.of?.[Number(form.elements.of.value)]?.[1])),
  });
  return answer.ok ? null : (await answer.json()).detail;
}

document.getElementById("desk-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (me === null || me.name === null) deskName(form.elements.by.value);
  const button = document.getElementById("desk-do");
  button.disabled = true;
  try {
    const problem = await doDesk(form);
    deskComplain(problem);
    if (problem === null) document.getElementById("desk").close();
  } catch {
    deskComplain(say("deskFailed"));
  } finally {
    button.disabled = false;
  }
});
document.getElementById("desk-cancel").addEventListener("click", () => document.getElementById("desk").close());
