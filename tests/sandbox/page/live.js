// What is so now, kept up to date over the WebSocket; and the calls by which the page acts.

export const known = {
  messages: new Map(), // by ts: the channel's and everybody's direct messages
  replies: new Map(),  // by the ts of a thread's root: its replies by ts
  cards: new Map(),    // by ts: the card of each case
  secrets: [],         // {person, kind, message}: what one person alone was told
  modals: {},          // by person
  state: null,         // Slack's, Stax's, the bot's
  requests: [],
  log: [],
  audit: { records: [], total: 0, verified: null, says: "", status: null },
  older: 0,
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

function keep(m) {
  known.messages.set(m.ts, m);
  if (isCard(m)) known.cards.set(m.ts, m);
  if (!m.thread_ts || m.thread_ts === m.ts) return;
  if (!known.replies.has(m.thread_ts)) known.replies.set(m.thread_ts, new Map());
  known.replies.get(m.thread_ts).set(m.ts, m);
}

function lose(ts) {
  const m = known.messages.get(ts);
  known.messages.delete(ts);
  known.cards.delete(ts);
  known.replies.delete(ts);
  known.replies.get(m?.thread_ts)?.delete(ts);
}

function takeMessages(push) {
  (push.gone ?? []).forEach(lose);
  (push.messages ?? []).forEach(keep);
  const forgotten = [];
  while (known.messages.size > KEPT.messages) {
    const oldest = known.messages.keys().next().value;
    lose(oldest);
    forgotten.push(oldest);
  }
  known.older += (push.older ?? 0) + forgotten.length;
  tell("messages", { changed: push.messages ?? [], gone: [...(push.gone ?? []), ...forgotten] });
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
  if (push.private) {
    known.secrets = trim([...known.secrets, ...push.private], KEPT.secrets);
    tell("private", push.private);
  }
  if (push.modals) {
    Object.assign(known.modals, push.modals);
    tell("modals", push.modals);
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
  for (const map of [known.messages, known.replies, known.cards]) map.clear();
  Object.assign(known, { secrets: [], modals: {}, requests: [], log: [], older: 0 });
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

export const CHANNEL = "C0ROOTOPS";
export const BOT = "U0REGUARD";

export const cards = () => [...known.cards.values()];

export const cardOf = (name) => cards().find((m) => m.case === name);

export function hasButton(message, action) {
  return (message?.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === action) || b.accessory?.action_id === action);
}

export const isOn = () => known.state?.stax.root;
