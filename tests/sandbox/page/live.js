// What is so now, kept up to date over the WebSocket; and the calls by which the page acts.

export const known = {
  messages: new Map(), // by ts: the channel's and everybody's direct messages
  secrets: [],         // {person, kind, message}: what one person alone was told
  modals: {},          // by person
  state: null,         // Slack's, Stax's, the bot's
  requests: [],
  requestCount: 0,
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

function takeMessages(push) {
  for (const ts of push.gone ?? []) known.messages.delete(ts);
  for (const m of push.messages ?? []) known.messages.set(m.ts, m);
  const forgotten = [];
  while (known.messages.size > KEPT.messages) {
    const oldest = known.messages.keys().next().value;
    known.messages.delete(oldest);
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
  known.messages.clear();
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

export const cards = () => [...known.messages.values()].filter((m) => m.channel === CHANNEL && m.case && !m.thread_ts && /-card-/.test(m.key ?? ""));

export const cardOf = (name) => cards().find((m) => m.case === name);

export function hasButton(message, action) {
  return (message?.blocks ?? []).some((b) => (b.elements ?? []).some((e) => e.action_id === action) || b.accessory?.action_id === action);
}

export const isOn = () => known.state?.stax.root;
