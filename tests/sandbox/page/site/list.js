// SPDX-License-Identifier: Apache-2.0
// A list of messages in order, each redrawn only when it has changed; what only you can see among them. It follows what is new until
// the reader moves away.
import { CHANNEL, ROOM } from "./cast.js";
import { known } from "./live.js";
import { byTs, messageNode } from "./message.js";
import { you } from "./people.js";

const SHOWN_MOST = 300; // top-level messages; the rest is one sentence
const NEAR_END_PIXELS = 60;
const AT_END_PIXELS = 2;
const ACT_MS = 600; // so long after an act a scroll is its effect

const secretId = (s) => `only ${s.person} ${s.message.ts}`;

// Focus stays on the same button, and a menu open, also when the card around it was redrawn.
function replaceKeepingFocus(old, node) {
  const menu = old.querySelector("details.overflow");
  const menuNow = menu && node.querySelector("details.overflow");
  const onMenu = menu?.querySelector("summary") === document.activeElement;
  const action = old.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const inside = old.contains(document.activeElement);
  old.replaceWith(node);
  if (menu?.open && menuNow) menuNow.open = true;
  if (onMenu && menuNow) {
    menuNow.querySelector("summary").focus();
    return;
  }
  const same = action && node.querySelector(`[data-action="${CSS.escape(action)}"]`);
  if (same) same.focus();
  else if (inside) {
    node.tabIndex = -1;
    node.focus();
  }
}

// A thread in which somebody writes is not redrawn under the fingers.
const isTypingIn = (node) => document.activeElement?.matches?.(".reply input") && node.contains(document.activeElement) && document.activeElement.value !== "";

export class List {
  // parts: {panel, list, older, empty, newest}, elements; place: gives the id of the conversation that is shown.
  constructor(parts, place) {
    Object.assign(this, parts);
    this.place = place;
    this.drawn = new Map(); // id -> {node, ts}
    this.fresh = 0;
    this.following = true;
    this.actedAt = 0;
    this.lastTop = 0;
    // Whoever opens a thread wants to read it.
    this.threads = { open: new Set(), onOpen: () => (this.following = false) };
    this.newest.addEventListener("click", () => this.scrollToEnd());
    this.follow();
  }

  // Only a person's act counts as moving: heights also change by themselves, when messages come into view and are laid out.
  follow() {
    const onAct = () => (this.actedAt = performance.now());
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown", "focusin"]) this.panel.addEventListener(name, onAct, { passive: true });
    this.panel.addEventListener("scroll", () => this.onScroll(), { passive: true });
    const keep = new ResizeObserver(() => this.following && this.scrollToEnd());
    keep.observe(this.list);
    keep.observe(this.panel);
  }

  isNearEnd(pixels) {
    return this.panel.scrollHeight - this.panel.scrollTop - this.panel.clientHeight < pixels;
  }

  // However small a step up is, it is one away: a fine wheel or an arrow key moves by few pixels.
  onScroll() {
    const top = this.panel.scrollTop;
    const wentUp = top < this.lastTop;
    this.lastTop = top;
    if (performance.now() - this.actedAt > ACT_MS) return;
    this.following = this.isNearEnd(wentUp ? AT_END_PIXELS : NEAR_END_PIXELS);
    if (this.following) this.scrollToEnd();
  }

  scrollToEnd() {
    this.following = true;
    this.panel.scrollTop = this.panel.scrollHeight;
    this.fresh = 0;
    this.newest.hidden = true;
  }

  // ---- what is in it ----

  store() {
    return this.place() === ROOM ? known.room : known;
  }

  isTop(m) {
    return m.channel === this.place() && (!m.thread_ts || m.thread_ts === m.ts || !this.store().messages.has(m.thread_ts));
  }

  isYours(s) {
    return s.person === you.person.key && (s.message.channel ?? CHANNEL) === this.place();
  }

  insert(id, ts, node) {
    let next = null;
    for (let at = this.list.lastElementChild; at && at.dataset.ts > ts; at = at.previousElementSibling) next = at;
    node.dataset.id = id;
    this.list.insertBefore(node, next);
    this.drawn.set(id, { node, ts });
  }

  draw(id, message, secret) {
    const old = this.drawn.get(id);
    if (old && isTypingIn(old.node)) return;
    const node = messageNode(message, secret, this.threads);
    if (old) {
      node.dataset.id = id;
      replaceKeepingFocus(old.node, node);
      node.classList.add("changed");
      this.drawn.set(id, { node, ts: message.ts });
    } else {
      this.insert(id, message.ts, node);
      this.fresh++;
    }
  }

  erase(id) {
    this.drawn.get(id)?.node.remove();
    this.drawn.delete(id);
  }

  trim() {
    while (this.list.childElementCount > SHOWN_MOST) {
      const { ts, id } = this.list.firstElementChild.dataset;
      this.threads.open.delete(ts);
      this.erase(id);
      known.older++;
    }
    this.older.hidden = known.older === 0;
    this.older.textContent = `${known.older} older messages are not shown here.`;
    this.empty.hidden = this.list.childElementCount > 0;
  }

  settle() {
    this.trim();
    if (this.following) this.scrollToEnd();
    else if (this.fresh > 0) this.newest.hidden = false;
  }

  redraw() {
    this.drawn.clear();
    this.list.replaceChildren();
    const messages = [...this.store().messages.values()].filter((m) => this.isTop(m)).map((m) => ({ id: m.ts, message: m }));
    const secrets = known.secrets.filter((s) => this.isYours(s)).map((s) => ({ id: secretId(s), message: s.message, secret: true }));
    const all = [...messages, ...secrets].sort((a, b) => byTs(a.message, b.message)).slice(-SHOWN_MOST);
    for (const item of all) this.insert(item.id, item.message.ts, messageNode(item.message, item.secret, this.threads));
    this.following = true;
    this.settle();
  }

  // Which top-level messages a push touches: its own, and the roots of its replies.
  touched(changed) {
    const roots = new Map();
    for (const m of changed) {
      const root = m.thread_ts && m.thread_ts !== m.ts ? this.store().messages.get(m.thread_ts) ?? m : m;
      if (this.isTop(root)) roots.set(root.ts, root);
    }
    return [...roots.values()].sort(byTs).slice(-SHOWN_MOST);
  }

  show({ changed, gone }) {
    gone.forEach((id) => this.erase(id));
    const oldest = this.list.childElementCount >= SHOWN_MOST ? this.list.firstElementChild.dataset.ts : "";
    for (const m of this.touched(changed)) if (this.drawn.has(m.ts) || m.ts > oldest) this.draw(m.ts, m, false);
    this.settle();
  }

  // What one person alone was told; the new ones that are yours and stand here.
  showSecrets(secrets) {
    const yours = secrets.filter((s) => this.isYours(s));
    for (const s of yours) this.draw(secretId(s), s.message, true);
    this.settle();
    return yours;
  }

  pointOut(ts) {
    const node = this.drawn.get(ts)?.node;
    if (!node) return;
    node.classList.remove("pointed");
    requestAnimationFrame(() => node.classList.add("pointed"));
  }
}
