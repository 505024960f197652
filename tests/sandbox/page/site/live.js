// SPDX-License-Identifier: Apache-2.0
// What is so now, kept up to date over the WebSocket; and the calls by which the page acts.

import { CHANNEL } from "./cast.js";
import { fromRoom } from "./room.js";

export const known = {
  messages: new Map(), // by ts: the channel's and everybody's direct messages
  replies: new Map(),  // by the ts of a thread's root: its replies by ts
  cards: new Map(),    // by ts: the card of each case
  secrets: [],         // {person, kind, message}: what one person alone was told
  modals: {},          // by person
  homes: {},           // by person: the app's page for them
  state: null,         // Slack's, Stax's, the bot's
  requests: [],
  log: [],
  audit: { records: [], total: 0, verified: null, says: "", status: null },
  older: 0,
  room: { messages: new Map(), replies: new Map() }, // the Matrix room's, in the same shape
};

const KEPT = { messages: 1500, secrets: 400, requests: 300, log: 300, records: 200 };
const listeners = {};
let token = "";

export function on(name, fn) {
  (listeners[name] ??= []).push(fn);
}

function tell(name, value) {
  for (const fn of listeners[name] ?? []) fn(value);
}

// The token stands behind the # of the address, is kept for this tab only, and is taken out of the address bar.
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  try {
    if (given) sessionStorage.setItem("token", given);
    token = given || sessionStorage.getItem("token") || "";
  } catch {
    token = given || "";
  }
  if (given) history.replaceState(null, "", location.pathname);
  return token !== "";
}

// The answer, or {error} with a sentence.
export async function call(path, body) {
  const request = { headers: { "X-Playground-Token": token }, cache: "no-store" };
  if (body) {
    request.method = "POST";
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(`/sandbox/${path}`, request);
    const json = await answer.json();
    return answer.ok ? json : { error: [json.error ?? "it was refused"].flat().join(", "), status: answer.status };
  } catch {
    return { error: "the sandbox does not answer; does its terminal still run?", status: 0 };
  }
}

const trim = (list, most) => (list.length > most ? list.slice(-most) : list);

const isCard = (m) => m.channel === CHANNEL && m.case && !m.thread_ts && /-card-/.test(m.key ?? "");

// into: what has messages and replies; known itself for Slack.
function keep(into, m) {
  into.messages.set(m.ts, m);
  if (!m.thread_ts || m.thread_ts === m.ts) return;
  if (!into.replies.has(m.thread_ts)) into.replies.set(m.thread_ts, new Map());
  into.replies.get(m.thread_ts).set(m.ts, m);
}

function lose(from, ts) {
  const m = from.messages.get(ts);
  from.messages.delete(ts);
  from.replies.delete(ts);
  from.replies.get(m?.thread_ts)?.delete(ts);
}

// The oldest go when there are too many; their ts.
function forgetOldest(from) {
  const forgotten = [];
  while (from.messages.size > KEPT.messages) {
    const oldest = from.messages.keys().next().value;
    lose(from, oldest);
    forgotten.push(oldest);
  }
  return forgotten;
}

function takeMessages(push) {
  for (const ts of push.gone ?? []) lose(known, ts);
  for (const m of push.messages ?? []) {
    keep(known, m);
    if (isCard(m)) known.cards.set(m.ts, m);
  }
  const gone = [...(push.gone ?? []), ...forgetOldest(known)];
  gone.forEach((ts) => known.cards.delete(ts));
  known.older += (push.older ?? 0) + gone.length - (push.gone ?? []).length;
  tell("messages", { changed: push.messages ?? [], gone });
}

function takeRoom(room) {
  const changed = room.map(fromRoom);
  const fresh = changed.filter((m) => !known.room.messages.has(m.ts));
  for (const m of changed) keep(known.room, m);
  tell("room", { changed, fresh, gone: forgetOldest(known.room) });
}

function takeAudit(audit) {
  const records = trim([...known.audit.records, ...audit.records], KEPT.records);
  known.audit = { ...audit, records };
  tell("audit", known.audit);
}

function take(push) {
  if (push.state) {
    known.state = push.state;
    tell("state", push.state);
  }
  if (push.messages || push.gone) takeMessages(push);
  if (push.room) takeRoom(push.room);
  if (push.private) {
    known.secrets = trim([...known.secrets, ...push.private], KEPT.secrets);
    tell("private", push.private);
  }
  if (push.modals) {
    Object.assign(known.modals, push.modals);
    tell("modals", push.modals);
  }
  if (push.homes) {
    Object.assign(known.homes, push.homes);
    tell("homes", push.homes);
  }
  if (push.requests) {
    known.requests = trim([...known.requests, ...push.requests], KEPT.requests);
    tell("requests", push.requests);
  }
  if (push.log) {
    known.log = trim([...known.log, ...push.log], KEPT.log);
    tell("log", push.log);
  }
  if (push.audit) takeAudit(push.audit);
  tell("anything");
}

function forget() {
  for (const map of [known.messages, known.replies, known.cards, known.room.messages, known.room.replies]) map.clear();
  Object.assign(known, { secrets: [], modals: {}, homes: {}, requests: [], log: [], older: 0 });
  known.audit = { records: [], total: 0, verified: null, says: "", status: null };
  tell("reset");
}

async function tellLoss() {
  const answer = await call("state");
  tell("link", answer.status === 403 ? "token" : "lost");
}

export function connect() {
  const socket = new WebSocket(`ws://${location.host}/live`, ["reguard", `reguard.${token}`]);
  socket.addEventListener("open", () => {
    forget();
    tell("link", "up");
  });
  socket.addEventListener("message", (e) => take(JSON.parse(e.data)));
  socket.addEventListener("close", () => {
    tellLoss();
    setTimeout(connect, 1500);
  });
}

// ---- questions that several parts ask ----

export const cards = () => [...known.cards.values()];

export const cardOf = (name) => cards().find((m) => m.case === name);

export function hasButton(message, action) {
  return (message?.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === action) || b.accessory?.action_id === action);
}

export const isOn = () => known.state?.stax.root;
