// Who there is, who you are, and the message field.
import { announce, button, byId, el } from "./dom.js";
import { call, known, on } from "./live.js";

export const PEOPLE = [
  { key: "ana", name: "Ana", id: "U0ANA0001", dm: "D0ANA0001", role: "Admin" },
  { key: "ben", name: "Ben", id: "U0BEN0001", dm: "D0BEN0001", role: "Admin" },
  { key: "cleo", name: "Cleo", id: "U0CLEO001", dm: "D0CLEO001", role: "Admin, SSO" },
  { key: "dan", name: "Dan", id: "U0DAN0001", dm: "D0DAN0001", role: "no Admin" },
  { key: "gil", name: "Gil", id: "U0GIL0001", dm: "D0GIL0001", role: "guest" },
  { key: "eve", name: "Eve", id: "U0EVE0001", dm: "D0EVE0001", role: "outsider" },
];
const REGUARD = { key: "reguard", name: "reguard", id: "U0REGUARD" };

const EXAMPLES = [
  "/reguard lift bakery for 1m task billing because month end invoices",
  "/reguard status",
  "/reguard help",
  "/reguard lift",
  "/reguard why @ben",
  "/reguard done",
];

export const you = { person: PEOPLE[0], direct: false };

export const personById = (id) => [...PEOPLE, REGUARD].find((p) => p.id === id);
export const personByKey = (key) => PEOPLE.find((p) => p.key === key);

const changed = [];
export const onPersonChange = (fn) => changed.push(fn);

const unread = Object.fromEntries(PEOPLE.map((p) => [p.key, 0]));

function showUnread(person) {
  const mark = byId(`unread-${person.key}`);
  const count = unread[person.key];
  mark.hidden = count === 0;
  mark.replaceChildren(String(count), el("span", { class: "hidden" }, count === 1 ? " private message not seen" : " private messages not seen"));
}

export function become(key) {
  const person = personByKey(key);
  if (!person) return;
  you.person = person;
  byId(`person-${key}`).checked = true;
  unread[key] = 0;
  showUnread(person);
  byId("composer-label").textContent = `Message or command, as ${person.name}`;
  for (const fn of changed) fn();
}

export function roleOf(person) {
  const user = known.state?.stax.users?.find((u) => u.person === person.key);
  if (user && person.role.startsWith("Admin") && user.Role !== "customer_admin") return "no Admin any more";
  return person.role;
}

function showRoles() {
  for (const p of PEOPLE) {
    const role = byId(`role-${p.key}`);
    if (role.textContent !== roleOf(p)) role.textContent = roleOf(p);
  }
}

function drawPeople() {
  const rows = PEOPLE.map((p) =>
    el(
      "label",
      { class: "person" },
      el("input", { type: "radio", name: "person", id: `person-${p.key}`, value: p.key, checked: p === you.person, on: { change: () => become(p.key) } }),
      el("span", { class: "face", "aria-hidden": "true", data: { person: p.key } }, p.name[0]),
      el("span", { class: "who" }, el("strong", {}, p.name), " ", el("small", { id: `role-${p.key}` }, p.role)),
      el("span", { class: "count", id: `unread-${p.key}`, hidden: true }),
    ),
  );
  byId("people").replaceChildren(...rows);
}

function countUnread(secrets) {
  const others = new Set(secrets.map((s) => s.person).filter((key) => key !== you.person.key));
  for (const key of others) {
    unread[key] += secrets.filter((s) => s.person === key).length;
    showUnread(personByKey(key));
  }
}

// ---- writing ----

export function answer(text, isError = false) {
  const line = byId("composer-answer");
  line.textContent = text;
  line.classList.toggle("error", isError);
}

function explain(result, what) {
  if (result.acked === false) return answer(`Slack says: ${what} got no answer. The bot is not connected, or was too slow.`, true);
  if (result.error) return answer(`${what} did not work: ${result.error}`, true);
  answer("");
  return undefined;
}

export async function command(person, text, direct = false) {
  const body = { person, text };
  if (direct) body.channel = "dm";
  const result = await call("command", body);
  explain(result, "/reguard");
  return result;
}

export async function click(person, message, action) {
  const result = await call("click", { person, action, ts: message.ts });
  explain(result, "the button");
  return result;
}

export async function say(person, text, more = {}) {
  const result = await call("say", { person, text, ...more });
  explain(result, "the message");
  return result;
}

export async function react(person, ts, reaction, remove) {
  const body = { person, ts, reaction };
  if (remove) body.remove = true;
  const result = await call("react", body);
  explain(result, "the reaction");
  return result;
}

// What is typed in the field, in the way of Slack: a slash begins a command.
async function send(text) {
  const slash = /^\/reguard\b\s*(.*)$/is.exec(text);
  if (!slash && text.startsWith("/")) return answer("This Slack has one command: /reguard", true);
  const result = slash ? await command(you.person.key, slash[1], you.direct) : await say(you.person.key, text, you.direct ? { dm: true } : {});
  if (!result.error) announce("Sent.");
  return result;
}

async function onSubmit(event) {
  event.preventDefault();
  const field = byId("composer-text");
  const text = field.value.trim();
  if (!text) {
    answer("Write something first, or press an example.");
    return;
  }
  answer("Sending…");
  const result = await send(text);
  if (!result?.error) field.value = "";
  field.focus();
}

function fill(text) {
  const field = byId("composer-text");
  field.value = text;
  field.focus();
  field.setSelectionRange(text.length, text.length);
}

export function startPeople() {
  drawPeople();
  byId("composer").addEventListener("submit", onSubmit);
  byId("examples").replaceChildren(...EXAMPLES.map((text) => button(text, () => fill(text), { class: "example" })));
  on("state", showRoles);
  on("private", countUnread);
  on("reset", () => PEOPLE.forEach((p) => ((unread[p.key] = 0), showUnread(p))));
  become("ana");
}
