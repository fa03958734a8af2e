"use strict";

// A link in a mail comes from elsewhere, so the browser has not sent who is signed in. Asked from here it does.
(async () => {
  try {
    const answer = await fetch("/api/me");
    if (answer.ok && (await answer.json()).name !== null) {
      location.replace(document.querySelector("input[name=to]").value);
    }
  } catch {
    // Then people sign in.
  }
})();
