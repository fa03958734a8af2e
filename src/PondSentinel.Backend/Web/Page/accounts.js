"use strict";

// Who may sign in. Everybody changes their own password; admins change accounts, and say their own password with each change.

const NAME = /^[\p{L}\p{Nd}][\p{L}\p{Nd}\p{Mn}\p{Mc}._@-]{0,63}$/u;
let known = { accounts: [], entries: [] };
let asked = null;

const isLastAdmin = (account) => account.role === "admin" && known.accounts.filter((other) => other.role === "admin").length === 1;
const isMe = (account) => me !== null && account.name === me.name;

// What the backend would refuse, in the reader's language; null where it would not.
function passwordFault(name, password, again) {
  if (password.length < 12 || password.length > 128) return say("passwordLength");
  if (new Set(password).size < 5 || (name.length >= 3 && password.toLowerCase().includes(name.toLowerCase()))) return say("passwordGuessed");
  return password === again ? null : say("passwordsDiffer");
}

function accountItem(account) {
  const { name } = account;
  const about = account.sessions === 0 ? say("noSession")
    : told(account.sessions === 1 ? "oneSession" : "sessions", { n: account.sessions, at: momentWords(account.seenMs) });
  const last = isLastAdmin(account);
  return make("li", null,
    make("div", "head", make("span", "label", name), make("span", "word", say(`role_${account.role}`)),
      isMe(account) ? make("span", "word good", say("you")) : null,
      account.hasPassword ? null : make("span", "word", say("byProxy"))),
    make("p", "name", `${told("madeAt", { at: momentWords(account.madeMs) })} · ${about}`),
    last ? make("p", "name", say("lastAdmin")) : null,
    make("div", "buttons",
      last ? null : button(say("changeRole"), `role/${name}`, () => ask({
        title: say("changeRole"), about: name, act: say("change"), path: "/api/accounts/role", fields: ["role"], who: name, role: account.role,
        body: (form) => ({ name, role: form.role.value, ownPassword: form.own.value }),
      })),
      button(say("setPassword"), `password/${name}`, () => ask({
        title: say("setPassword"), about: told("setPasswordAbout", { name }), act: say("change"), path: "/api/accounts/password", fields: ["password"], who: name,
        body: (form) => ({ name, password: form.password.value, ownPassword: form.own.value }),
      })),
      account.sessions === 0 ? null : button(say("endSessions"), `end/${name}`, () => ask({
        title: say("endSessions"), about: told("endSessionsAbout", { name }), act: say("endSessions"), path: "/api/accounts/end-sessions", fields: [], who: name,
        body: (form) => ({ name, ownPassword: form.own.value }),
      })),
      last ? null : button(say("remove"), `remove/${name}`, () => ask({
        title: say("remove"), about: told("removeAbout", { name }), act: say("remove"), path: "/api/accounts/remove", fields: [], who: name,
        body: (form) => ({ name, ownPassword: form.own.value }),
      }))));
}

function auditItem(entry) {
  const from = entry.address === null ? say(`way_${entry.way}`) : `${say(`way_${entry.way}`)}, ${entry.address}`;
  return make("li", null,
    make("div", "head", make("span", "label", entry.by), make("span", null, say(`act_${entry.act}`)), entry.note === "" ? null : make("span", null, entry.note)),
    make("p", "name", `${momentWords(entry.atMs)} · ${from}`));
}

function show() {
  sayAll(document);
  showWho();
  document.title = `${say("accounts")} · PondSentinel`;
  if (me === null) return;
  const focused = document.activeElement?.dataset?.stays;
  byId("own").hidden = false;
  byId("own-who").textContent = me.name === null ? say("atMachine") : told("youAre", { name: me.name, role: say(`role_${me.role}`) });
  const link = make("a", "button", say("signIn"));
  link.href = "/sign-in?to=/accounts";
  byId("own-buttons").replaceChildren(me.name === null ? link : button(say("changeOwn"), "own", () => ask({
    title: say("changeOwn"), about: say("changeOwnAbout"), act: say("change"), path: "/api/me/password", fields: ["password"], who: me.name,
    body: (form) => ({ password: form.password.value, ownPassword: form.own.value }),
  })));
  const isAdmin = me.role === "admin";
  byId("all").hidden = byId("audit-section").hidden = !isAdmin;
  byId("accounts").replaceChildren(...known.accounts.map(accountItem));
  byId("audit").replaceChildren(...known.entries.map(auditItem));
  if (focused !== undefined) document.querySelector(`[data-stays="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function complain(text) {
  byId("problem").hidden = text === null;
  byId("problem").textContent = text ?? "";
}

async function read() {
  await checkWho();
  if (me !== null && me.role === "admin") {
    try {
      const [accounts, audit] = await Promise.all(["/api/accounts", "/api/audit"].map((path) => fetch(path)));
      if (!accounts.ok || !audit.ok) throw new Error((await (accounts.ok ? audit : accounts).json()).detail);
      known = { ...await accounts.json(), ...await audit.json() };
      complain(null);
    } catch (error) {
      complain(error instanceof TypeError ? say("failed") : error.message);
    }
  }
  show();
}

function ask(act) {
  asked = act;
  const form = byId("ask-form");
  form.reset();
  byId("ask-title").textContent = act.title;
  byId("ask-about").textContent = act.about;
  byId("ask-do").textContent = act.act;
  for (const field of ["name", "role", "proxy"]) byId(`ask-${field}`).hidden = !act.fields.includes(field);
  form.elements.name.required = act.fields.includes("name");
  form.elements.role.value = act.role ?? "viewer";
  askPassword();
  complainInside(null);
  byId("ask").showModal();
  form.querySelector("label:not([hidden]) :is(input, select)").focus();
}

// Whoever only the proxy speaks for has none.
function askPassword() {
  const form = byId("ask-form");
  const has = asked.fields.includes("password") && !form.elements.proxy.checked;
  for (const id of ["ask-password", "ask-again", "ask-rule"]) byId(id).hidden = !has;
  form.elements.password.required = form.elements.again.required = has;
  return has;
}

function complainInside(text) {
  byId("ask-problem").hidden = text === null;
  byId("ask-problem").textContent = text ?? "";
}

// The token is another after each start of the backend.
async function send(form) {
  await checkWho();
  const answer = await fetch(asked.path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Pond-Token": me.token },
    body: JSON.stringify(asked.body(form.elements)),
  });
  if (answer.ok) return null;
  if (answer.status === 401) {
    await checkWho();
    return say("deskFailed");
  }
  const { title, detail } = await answer.json();
  return title === "Own password wrong" ? say("ownWrong")
    : answer.status === 429 ? told("tooMany", { seconds: answer.headers.get("Retry-After") }) : detail;
}

byId("ask-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { name, password, again } = form.elements;
  const fault = asked.fields.includes("name") && !NAME.test(name.value) ? say("nameRule")
    : asked.fields.includes("name") && known.accounts.some((other) => other.name.toLowerCase() === name.value.toLowerCase()) ? say("nameTaken")
    : askPassword() ? passwordFault(asked.who ?? name.value, password.value, again.value) : null;
  complainInside(fault);
  if (fault !== null) return;
  const act = byId("ask-do");
  act.disabled = true;
  try {
    const problem = await send(form);
    complainInside(problem);
    if (problem === null) {
      byId("done").textContent = told("didIt", { what: asked.title, who: asked.who ?? name.value });
      byId("ask").close();
      form.reset();
      await read();
    }
  } catch {
    complainInside(say("deskFailed"));
  } finally {
    act.disabled = false;
  }
});
byId("ask-cancel").addEventListener("click", () => byId("ask").close());
byId("ask-form").elements.proxy.addEventListener("change", askPassword);
byId("add").addEventListener("click", () => ask({
  title: say("addAccount"), about: say("addAbout"), act: say("add"), path: "/api/accounts/add", fields: ["name", "role", "proxy", "password"],
  body: (form) => ({
    name: form.name.value, role: form.role.value, password: form.proxy.checked ? null : form.password.value, ownPassword: form.own.value,
  }),
}));
byId("language").addEventListener("click", () => {
  setLanguage(say("otherLang"));
  show();
});
read();
