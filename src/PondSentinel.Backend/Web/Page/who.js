"use strict";

// Who is signed in. Without a name it is whoever sits at the machine, who says it with each thing that is done.

let me = null;

async function checkWho() {
  try {
    const answer = await fetch("/api/me");
    if (answer.status === 401) {
      location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    if (answer.ok) me = await answer.json();
  } catch {
    // Without a connection nobody knows; whoever asks next finds out.
  }
  showWho();
}

// The token is another after each start of the backend. Whoever is not signed out must not be shown that they are.
async function signOut() {
  await checkWho();
  const answer = await fetch("/api/sign-out", { method: "POST", headers: { "X-Pond-Token": me.token } });
  if (answer.ok) location.assign("/sign-in");
}

function showWho() {
  if (me === null) return;
  document.body.dataset.role = me.role;
  const holder = document.getElementById("who");
  if (holder === null || me.name === null) return;
  holder.hidden = false;
  const leave = make("button", "plain", say("signOut"));
  leave.type = "button";
  leave.dataset.text = "signOut";
  leave.addEventListener("click", signOut);
  const own = make("a", null, me.name);
  own.href = "/accounts";
  own.title = say("accounts");
  holder.replaceChildren(own, me.way === "signed in" ? leave : "");
}

checkWho();
