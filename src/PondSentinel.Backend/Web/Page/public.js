"use strict";

// The page for everybody, made anew each minute without being loaded again: who listens to it, or has scrolled, stays where they are.

const AGAIN_MS = 60000;

// Words that stand beside elements are no child to go into: they come with the whole.
const hasWords = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");

// What is the same stays: a screen reader says what has changed, and no more.
function take(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.children.length !== fresh.children.length || old.children.length === 0 || hasWords(old) || hasWords(fresh)) {
    old.replaceChildren(...fresh.childNodes);
    old.className = fresh.className;
    return;
  }
  old.className = fresh.className;
  [...old.children].forEach((child, i) => take(child, fresh.children[i]));
}

async function renew() {
  const lost = document.getElementById("stale");
  try {
    const answer = await fetch(location.href);
    const fresh = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main") : null;
    lost.hidden = fresh !== null;
    if (fresh !== null) take(document.querySelector("main"), fresh);
  } catch {
    lost.hidden = false;
  }
}

setInterval(renew, AGAIN_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) renew();
});
