// The conversation: messages in order, each redrawn only when it has changed; what only you can see among them.
import { BOT, CHANNEL, ROOM, personById } from "./cast.js";
import { announce, byId } from "./dom.js";
import { known, on } from "./live.js";
import { byTs, gist, messageNode } from "./message.js";
import { onPersonChange, showExamples, you } from "./people.js";

const SHOWN_MOST = 300; // top-level messages; the rest is one sentence
const NEAR_END_PIXELS = 60;
const AT_END_PIXELS = 2;
const ACT_MS = 600; // so long after an act a scroll is its effect

const drawn = new Map(); // id -> {node, ts}
let fresh = 0;

// ---- the list ----

const place = () => ({ channel: CHANNEL, direct: you.person.dm, room: ROOM })[you.place];
const store = () => (you.place === "room" ? known.room : known);
const isTop = (m) => m.channel === place() && (!m.thread_ts || m.thread_ts === m.ts || !store().messages.has(m.thread_ts));
const secretId = (s) => `only ${s.person} ${s.message.ts}`;
const isYours = (s) => s.person === you.person.key && (s.message.channel ?? CHANNEL) === place();

const scroller = () => byId("messages-panel");
const isNearEnd = (pixels) => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < pixels;

// The list follows what is new until the reader moves away. Only a person's act counts as moving: heights also change by
// themselves, when messages come into view and are laid out.
let following = true;
let actedAt = 0;
// Whoever opens a thread wants to read it.
const threads = { open: new Set(), onOpen: () => (following = false) };
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
  const node = messageNode(message, secret, threads);
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
    threads.open.delete(ts);
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
  const messages = [...store().messages.values()].filter(isTop).map((m) => ({ id: m.ts, message: m }));
  const secrets = known.secrets.filter(isYours).map((s) => ({ id: secretId(s), message: s.message, secret: true }));
  const all = [...messages, ...secrets].sort((a, b) => byTs(a.message, b.message)).slice(-SHOWN_MOST);
  for (const item of all) insert(item.id, item.message.ts, messageNode(item.message, item.secret, threads));
  following = true;
  settle();
}

// Which top-level messages a push touches: its own, and the roots of its replies.
function touched(changed) {
  const roots = new Map();
  for (const m of changed) {
    const root = m.thread_ts && m.thread_ts !== m.ts ? store().messages.get(m.thread_ts) ?? m : m;
    if (isTop(root)) roots.set(root.ts, root);
  }
  return [...roots.values()].sort(byTs).slice(-SHOWN_MOST);
}

function show({ changed, gone }) {
  gone.forEach(erase);
  const oldest = byId("messages").childElementCount >= SHOWN_MOST ? byId("messages").firstElementChild.dataset.ts : "";
  for (const m of touched(changed)) if (drawn.has(m.ts) || m.ts > oldest) draw(m.ts, m, false);
  const newest = changed[changed.length - 1];
  if (newest && newest.channel === place()) announce(`${personById(newest.user)?.name ?? "reguard"}: ${gist(newest).slice(0, 200)}`);
  settle();
}

function onMessages(news) {
  if (you.place !== "room") show(news);
  countUnseen("direct", news.changed.filter((m) => m.channel === you.person.dm && m.user === BOT).length);
}

function onRoom(news) {
  if (you.place === "room") show(news);
  countUnseen("room", news.fresh.filter((m) => !m.thread_ts && m.user === BOT).length);
}

function onPrivate(secrets) {
  for (const s of secrets.filter(isYours)) {
    draw(secretId(s), s.message, true);
    announce(`Only you can see this: ${gist(s.message).slice(0, 200)}`);
  }
  settle();
}

// ---- the conversations ----

const PLACES = ["channel", "direct", "room"];
const unseen = { direct: 0, room: 0 };

function countUnseen(name, more) {
  unseen[name] = you.place === name ? 0 : unseen[name] + more;
  byId(`${name}-count`).hidden = unseen[name] === 0;
  byId(`${name}-count`).textContent = unseen[name] > 99 ? "99+" : `${unseen[name]}`;
}

function countNone(name) {
  unseen[name] = 0;
  countUnseen(name, 0);
}

export function showConversation(name) {
  you.place = name;
  for (const other of PLACES) {
    byId(`tab-${other}`).setAttribute("aria-selected", String(other === name));
    byId(`tab-${other}`).tabIndex = other === name ? 0 : -1;
  }
  scroller().setAttribute("aria-labelledby", `tab-${name}`);
  if (name !== "channel") countNone(name);
  showExamples();
  redraw();
}

function onTabKey(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  showConversation(PLACES[(PLACES.indexOf(you.place) + step + PLACES.length) % PLACES.length]);
  byId(`tab-${you.place}`).focus();
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
  on("room", onRoom);
  on("private", onPrivate);
  on("reset", () => {
    threads.open.clear();
    countNone("direct");
    countNone("room");
    redraw();
  });
  onPersonChange(() => {
    countNone("direct");
    redraw();
  });
  for (const name of PLACES) {
    byId(`tab-${name}`).addEventListener("click", () => showConversation(name));
    byId(`tab-${name}`).addEventListener("keydown", onTabKey);
  }
  byId("newest").addEventListener("click", scrollToEnd);
  startFollowing();
}
