"use strict";

// Times of the page. Ages are counted from the backend's time, on this browser's stopwatch: its own clock may be wrong.

let anchor = null;

// A stopwatch may stand still while the machine sleeps, and a clock may be set back: the longer of both is true.
function nowMs() {
  return anchor.nowMs + Math.max(performance.now() - anchor.stopwatch, Date.now() - anchor.clock);
}

function setAnchor(ms) {
  anchor = { nowMs: ms, stopwatch: performance.now(), clock: Date.now() };
}

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const of = (n, unit) => `${n} ${say(unit)}`;
  if (s < 60) return of(s, "seconds");
  if (s < 3600) return of(Math.floor(s / 60), "minutes") + (s < 600 && s % 60 ? ` ${of(s % 60, "seconds")}` : "");
  if (s < 86400) return `${of(Math.floor(s / 3600), "hours")} ${of(Math.floor((s % 3600) / 60), "minutes")}`;
  return `${of(Math.floor(s / 86400), "days")} ${of(Math.floor((s % 86400) / 3600), "hours")}`;
}

function moment(ms) {
  const at = new Date(ms);
  const day = new Date(nowMs()).toDateString() === at.toDateString();
  return at.toLocaleString(localeTag(), day
    ? { hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

const dayWords = (ms) => new Date(ms).toLocaleDateString(localeTag(), { year: "numeric", month: "short", day: "numeric" });

// An age that ticks, in words with a hole for it; what carries it turns grey once it is old.
function age(fromMs, oldAfterMs, words) {
  const element = make("time", "age");
  element.dateTime = new Date(fromMs).toISOString();
  element.title = momentWords(fromMs);
  element.dataset.from = fromMs;
  element.dataset.words = words;
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
    const text = told(element.dataset.words, { span: span(ms) });
    if (element.textContent !== text) element.textContent = text;
  }
}

const FLAG = { good: "good", unchecked: "", suspect: "warn", bad: "bad", missing: "bad" };

// A flag speaks of the moment when the value was measured: an old value is not called good.
function show(word, isOld) {
  const flag = word.dataset.flag;
  const text = isOld ? say("flag_old") : FLAG[flag] === undefined ? flag : say(`flag_${flag}`);
  word.className = `word ${isOld ? "" : FLAG[flag] ?? ""}`;
  if (word.textContent !== text) word.textContent = text;
}
