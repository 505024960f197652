// The conversation: messages in order, each redrawn only when it has changed; threads under their message; what only you can see.
import { announce, button, byId, clock, el } from "./dom.js";
import { contentOf } from "./blocks.js";
import { BOT, CHANNEL, known, on } from "./live.js";
import { emoji, words } from "./markup.js";
import { click, onPersonChange, personById, react, say, you } from "./people.js";

const SHOWN_MOST = 300; // top-level messages; the rest is one sentence
const NEAR_END_PIXELS = 60;
const AT_END_PIXELS = 2;
const ACT_MS = 600; // so long after an act a scroll is its effect
const REACTIONS = ["white_check_mark", "x"];

const drawn = new Map(); // id -> {node, ts}
let openThreads = new Set();
let fresh = 0;

// ---- one message ----

const press = (message, action) => click(you.person.key, message, action);

function reactionButton(message, name, users) {
  const mine = users.includes(you.person.id);
  const names = users.map((u) => personById(u)?.name ?? u).join(", ");
  const label = `${emoji(name)}, ${users.length}: ${names}. ${mine ? "Take yours back" : "Add yours"}`;
  return button([emoji(name), " ", String(users.length)], () => react(you.person.key, message.ts, name, mine), { class: "reaction", "aria-pressed": String(mine), "aria-label": label, title: names });
}

function reactionRow(message) {
  if (message.channel !== CHANNEL) return null;
  const there = message.reactions ?? [];
  const missing = REACTIONS.filter((name) => !there.some((r) => r.name === name));
  return el(
    "div",
    { class: "reactions" },
    there.map((r) => reactionButton(message, r.name, r.users)),
    missing.map((name) => button([emoji(name), " +"], () => react(you.person.key, message.ts, name, false), { class: "reaction add", "aria-label": `React with ${emoji(name)}` })),
  );
}

function headOf(message, secret) {
  const who = personById(message.user) ?? { name: message.user === BOT ? "reguard" : message.user ?? "reguard", key: "reguard" };
  const author = secret ? { name: "reguard", key: "reguard" } : who;
  return el(
    "p",
    { class: "head" },
    el("span", { class: "face", "aria-hidden": "true", data: { person: author.key } }, author.name[0]),
    el("strong", {}, author.name),
    author.key === "reguard" && el("span", { class: "tag" }, "app"),
    el("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(Number(message.ts) * 1000)),
    message.edits > 0 && el("span", { class: "edited" }, message.edits === 1 ? "(edited)" : `(edited ${message.edits} times)`),
    secret && el("span", { class: "secret-mark" }, "Only you can see this"),
  );
}

function replyForm(root) {
  const id = `reply-${root.ts}`;
  const field = el("input", { type: "text", id, maxlength: "3000", placeholder: "Reply, for example: @reguard status" });
  const onSubmit = (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) say(you.person.key, text, root.channel === CHANNEL ? { thread_ts: root.ts } : { thread_ts: root.ts, dm: true });
    field.value = "";
  };
  return el("form", { class: "reply", on: { submit: onSubmit } }, el("label", { for: id, class: "hidden" }, "Reply in this thread"), field, el("button", { type: "submit" }, "Reply"));
}

const repliesTo = (root) => [...(known.replies.get(root.ts)?.values() ?? [])].sort(byTs);

function replyNode(message) {
  return el("li", { class: "reply-message" }, headOf(message), el("div", { class: "body" }, contentOf(message, press)), message.reactions?.length > 0 && reactionRow(message));
}

function threadNode(root) {
  const replies = repliesTo(root);
  const last = replies[replies.length - 1];
  const label = replies.length === 0 ? "Reply in a thread" : `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const list = el("ol", { class: "replies" });
  const details = el("details", { class: "thread" }, el("summary", {}, el("span", {}, label), last && el("span", { class: "last" }, words(last.text ?? ""))));
  const fill = () => {
    list.replaceChildren(...replies.map(replyNode));
    details.append(list, replyForm(root));
  };
  details.addEventListener("toggle", () => {
    if (details.open && !list.isConnected) fill();
    if (details.open && !openThreads.has(root.ts)) following = false; // the reader wants to read this
    if (details.open) openThreads.add(root.ts);
    else openThreads.delete(root.ts);
  });
  if (openThreads.has(root.ts)) {
    fill();
    details.open = true;
  }
  return details;
}

function messageNode(message, secret) {
  const kind = message.case ? " card" : "";
  const urgent = /OVERDUE|Lifted outside/.test(message.text ?? "") && message.case && message.state !== "restored" ? " urgent" : "";
  return el(
    "li",
    { class: `message${kind}${urgent}${secret ? " secret" : ""}`, data: { ts: message.ts, case: message.case ?? "", state: message.state ?? "" } },
    el(
      "article",
      { "aria-label": `${secret ? "Only you can see this: " : ""}${personById(message.user)?.name ?? "reguard"}` },
      headOf(message, secret),
      el("div", { class: "body" }, contentOf(message, press)),
      !secret && reactionRow(message),
      !secret && threadNode(message),
    ),
  );
}

// ---- the list ----

const byTs = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
const place = () => (you.direct ? you.person.dm : CHANNEL);
const isTop = (m) => m.channel === place() && (!m.thread_ts || m.thread_ts === m.ts || !known.messages.has(m.thread_ts));
const secretId = (s) => `only ${s.person} ${s.message.ts}`;
const isYours = (s) => s.person === you.person.key && (s.message.channel ?? CHANNEL) === place();

const scroller = () => byId("messages-panel");
const isNearEnd = (pixels) => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < pixels;

// The list follows what is new until the reader moves away. Only a person's act counts as moving: heights also change by
// themselves, when messages come into view and are laid out.
let following = true;
let actedAt = 0;
const onAct = () => (actedAt = performance.now());

// However small a step up is, it is one away: a fine wheel or an arrow key moves by few pixels.
let lastTop = 0;
function onScroll() {
  const top = scroller().scrollTop;
  const wentUp = top < lastTop;
  lastTop = top;
  if (performance.now() - actedAt > ACT_MS) return;
  following = isNearEnd(wentUp ? AT_END_PIXELS : NEAR_END_PIXELS);
  if (following) scrollToEnd();
}

export function scrollToEnd() {
  following = true;
  scroller().scrollTop = scroller().scrollHeight;
  fresh = 0;
  byId("newest").hidden = true;
}

function startFollowing() {
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown", "focusin"]) scroller().addEventListener(name, onAct, { passive: true });
  scroller().addEventListener("scroll", onScroll, { passive: true });
  const keep = new ResizeObserver(() => following && scrollToEnd());
  keep.observe(byId("messages"));
  keep.observe(scroller());
}

function insert(id, ts, node) {
  const list = byId("messages");
  let next = null;
  for (let at = list.lastElementChild; at && at.dataset.ts > ts; at = at.previousElementSibling) next = at;
  node.dataset.id = id;
  list.insertBefore(node, next);
  drawn.set(id, { node, ts });
}

// Focus stays on the same button, also when the card around it was redrawn.
function replaceKeepingFocus(old, node) {
  const action = old.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const inside = old.contains(document.activeElement);
  old.replaceWith(node);
  const same = action && node.querySelector(`[data-action="${CSS.escape(action)}"]`);
  if (same) same.focus();
  else if (inside) {
    node.tabIndex = -1;
    node.focus();
  }
}

// A thread in which somebody writes is not redrawn under the fingers.
const isTypingIn = (node) => document.activeElement?.matches?.(".reply input") && node.contains(document.activeElement) && document.activeElement.value !== "";

function draw(id, message, secret) {
  const old = drawn.get(id);
  if (old && isTypingIn(old.node)) return;
  const node = messageNode(message, secret);
  if (old) {
    node.dataset.id = id;
    replaceKeepingFocus(old.node, node);
    node.classList.add("changed");
    drawn.set(id, { node, ts: message.ts });
  } else {
    insert(id, message.ts, node);
    fresh++;
  }
}

function erase(id) {
  drawn.get(id)?.node.remove();
  drawn.delete(id);
}

function trimList() {
  const list = byId("messages");
  while (list.childElementCount > SHOWN_MOST) {
    const { ts, id } = list.firstElementChild.dataset;
    openThreads.delete(ts);
    erase(id);
    known.older++;
  }
  byId("older").hidden = known.older === 0;
  byId("older").textContent = `${known.older} older messages are not shown here.`;
  byId("empty").hidden = list.childElementCount > 0;
}

function settle() {
  trimList();
  if (following) scrollToEnd();
  else if (fresh > 0) byId("newest").hidden = false;
}

function redraw() {
  drawn.clear();
  byId("messages").replaceChildren();
  const messages = [...known.messages.values()].filter(isTop).map((m) => ({ id: m.ts, message: m }));
  const secrets = known.secrets.filter(isYours).map((s) => ({ id: secretId(s), message: s.message, secret: true }));
  const all = [...messages, ...secrets].sort((a, b) => byTs(a.message, b.message)).slice(-SHOWN_MOST);
  for (const item of all) insert(item.id, item.message.ts, messageNode(item.message, item.secret));
  following = true;
  settle();
}

// Which top-level messages a push touches: its own, and the roots of its replies.
function touched(changed) {
  const roots = new Map();
  for (const m of changed) {
    const root = m.thread_ts && m.thread_ts !== m.ts ? known.messages.get(m.thread_ts) ?? m : m;
    if (isTop(root)) roots.set(root.ts, root);
  }
  return [...roots.values()].sort(byTs).slice(-SHOWN_MOST);
}

function onMessages({ changed, gone }) {
  gone.forEach(erase);
  const oldest = byId("messages").childElementCount >= SHOWN_MOST ? byId("messages").firstElementChild.dataset.ts : "";
  for (const m of touched(changed)) if (drawn.has(m.ts) || m.ts > oldest) draw(m.ts, m, false);
  const newest = changed[changed.length - 1];
  if (newest && newest.channel === place()) announce(`${personById(newest.user)?.name ?? "reguard"}: ${words(newest.text ?? "").slice(0, 200)}`);
  showDirectCount(changed);
  settle();
}

function onPrivate(secrets) {
  for (const s of secrets.filter(isYours)) {
    draw(secretId(s), s.message, true);
    announce(`Only you can see this: ${words(s.message.text ?? "").slice(0, 200)}`);
  }
  settle();
}

// ---- the two conversations ----

let directUnseen = 0;
function showDirectCount(changed) {
  directUnseen += you.direct ? 0 : changed.filter((m) => m.channel === you.person.dm && m.user === BOT).length;
  byId("direct-count").hidden = directUnseen === 0;
  byId("direct-count").textContent = `${directUnseen}`;
}

export function showConversation(direct) {
  you.direct = direct;
  for (const [id, chosen] of [["tab-channel", !direct], ["tab-direct", direct]]) {
    byId(id).setAttribute("aria-selected", String(chosen));
    byId(id).tabIndex = chosen ? 0 : -1;
  }
  scroller().setAttribute("aria-labelledby", direct ? "tab-direct" : "tab-channel");
  if (direct) directUnseen = 0;
  showDirectCount([]);
  redraw();
}

function onTabKey(event) {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  showConversation(!you.direct);
  byId(you.direct ? "tab-direct" : "tab-channel").focus();
}

// Points a card out, without moving the focus or the list.
export function pointOut(ts) {
  const node = drawn.get(ts)?.node;
  if (!node) return;
  node.classList.remove("pointed");
  requestAnimationFrame(() => node.classList.add("pointed"));
}

export function startChannel() {
  on("messages", onMessages);
  on("private", onPrivate);
  on("reset", () => {
    openThreads = new Set();
    directUnseen = 0;
    redraw();
  });
  onPersonChange(() => {
    directUnseen = 0;
    redraw();
  });
  byId("tab-channel").addEventListener("click", () => showConversation(false));
  byId("tab-direct").addEventListener("click", () => showConversation(true));
  for (const id of ["tab-channel", "tab-direct"]) byId(id).addEventListener("keydown", onTabKey);
  byId("newest").addEventListener("click", scrollToEnd);
  startFollowing();
}
