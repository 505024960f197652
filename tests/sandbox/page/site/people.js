// SPDX-License-Identifier: Apache-2.0
// Who there is, who you are, and the message field.
import { PEOPLE, personByKey } from "./cast.js";
import { announce, button, byId, el } from "./dom.js";
import { call, known, on } from "./live.js";

const EXAMPLES = [
  "/reguard",
  "/reguard lift bakery for 1m task billing because month end invoices",
  "/reguard status",
  "/reguard help",
  "/reguard lift",
  "/reguard why @ben",
  "/reguard done",
];

const ROOM_EXAMPLES = [
  "!reguard lift bakery for 1m task billing because month end invoices",
  "!reguard status",
  "!reguard help",
  "@reguard show G-0001",
  "!reguard done",
];

// place: "channel", "direct" or "room".
export const you = { person: PEOPLE[0], place: "channel" };

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

// In what one person alone sees: "private" or "home".
export async function clickIn(person, where, action, value) {
  const result = await call("click", { person, in: where, action, value: value ?? "" });
  explain(result, "the button");
  return result;
}

export async function say(person, text, more = {}) {
  const result = await call("say", { person, text, ...more });
  explain(result, "the message");
  return result;
}

// thread: the message that it begins under.
export async function sayInRoom(person, text, thread) {
  const body = { person, text };
  if (thread) body.thread = thread.event_id;
  const result = await call("matrix/say", body);
  explain(result, "the message");
  return result;
}

export async function react(person, message, name, remove) {
  const body = message.event_id ? { person, event: message.event_id, key: name } : { person, ts: message.ts, reaction: name };
  if (remove) body.remove = true;
  const result = await call(message.event_id ? "matrix/react" : "react", body);
  explain(result, "the reaction");
  return result;
}

function refuse(text) {
  answer(text, true);
  return { error: text };
}

// What is typed in the field. In Slack a slash begins a command; a room has no commands of its own.
function sendToSlack(text) {
  const slash = /^\/reguard\b\s*(.*)$/is.exec(text);
  const direct = you.place === "direct";
  if (slash) return command(you.person.key, slash[1], direct);
  if (text.startsWith("/")) return refuse("This Slack has one command: /reguard");
  return say(you.person.key, text, direct ? { dm: true } : {});
}

function sendToRoom(text) {
  if (text.startsWith("/")) return refuse("A Matrix room has no slash commands. Write !reguard in place of /reguard, or mention @reguard.");
  return sayInRoom(you.person.key, text);
}

async function send(text) {
  const result = await (you.place === "room" ? sendToRoom(text) : sendToSlack(text));
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
  if (!result?.error && field.value.trim() === text) field.value = ""; // what was typed meanwhile stays
  field.focus();
}

function fill(text) {
  const field = byId("composer-text");
  field.value = text;
  field.focus();
  field.setSelectionRange(text.length, text.length);
}

// Of the place where you are.
export function showExamples() {
  const examples = you.place === "room" ? ROOM_EXAMPLES : EXAMPLES;
  byId("examples").replaceChildren(...examples.map((text) => button(text, () => fill(text), { class: "example" })));
  byId("composer-text").placeholder = examples.find((text) => text.endsWith("help"));
}

export function startPeople() {
  drawPeople();
  byId("composer").addEventListener("submit", onSubmit);
  showExamples();
  on("state", showRoles);
  on("private", countUnread);
  on("reset", () => PEOPLE.forEach((p) => ((unread[p.key] = 0), showUnread(p))));
  become("ana");
}
