"use strict";

// What the pages are made with. Every text that comes from a gateway is set as text, never as HTML.

const byId = (id) => document.getElementById(id);

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

// A button that keeps its place, and the focus, while what stands around it is made anew.
function button(text, key, act) {
  const element = make("button", null, text);
  element.type = "button";
  element.dataset.stays = key;
  element.addEventListener("click", act);
  return element;
}

// pH is its own unit.
const unitOf = (thing) => thing.unit === "pH" ? "" : thing.unit;
const withUnit = (text, thing) => thing.unit === "pH" ? text : `${text} ${thing.unit}`;

// When a page has first shown something, in the browser's own account of it.
function markDrawn() {
  if (performance.getEntriesByName("drawn").length === 0) performance.mark("drawn");
}
