// SPDX-License-Identifier: Apache-2.0
// The Matrix room's messages in the shape of the channel's, and their HTML as nodes.
import { ROOM, personByKey } from "./cast.js";
import { el } from "./dom.js";

const DEPTH_MOST = 24;
const AS = { P: "p", DIV: "div", BR: "br", STRONG: "strong", B: "strong", EM: "em", I: "em", DEL: "s", S: "s", CODE: "code", UL: "ul", OL: "ol", LI: "li", BLOCKQUOTE: "blockquote", HR: "hr" };
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "IFRAME", "MX-REPLY"]);

const idOf = (name) => personByKey(name)?.id ?? name;

// Sorted as the room has them: by time, then by their place in the stream. A thread's root is known by its event.
const tsByEvent = new Map();
export function fromRoom(m) {
  const ts = `${(m.ts / 1000).toFixed(3)}${String(m.n).padStart(9, "0")}`;
  tsByEvent.set(m.event_id, ts);
  return {
    ts,
    thread_ts: tsByEvent.get(m.thread),
    channel: ROOM,
    event_id: m.event_id,
    user: idOf(m.user),
    text: m.redacted ? "" : m.text,
    html: m.redacted ? "" : m.html,
    redacted: m.redacted,
    case: m.case,
    state: m.state,
    key: m.key,
    edits: m.edits,
    reactions: m.reactions.map((r) => ({ name: r.key, users: r.users.map(idOf) })),
  };
}

// ---- formatted text ----

// A link to a person is that person, as clients show it; any other link is shown, not made.
function linkNode(from, children) {
  const address = from.getAttribute("href") ?? "";
  const person = /^https:\/\/matrix\.to\/#\/@([^:]+):/.exec(address)?.[1];
  if (person) return el("span", { class: "mention" }, `@${personByKey(person)?.name ?? from.textContent}`);
  return el("span", {}, children, address && address !== from.textContent ? ` (${address})` : "");
}

function elementNode(from, depth) {
  const children = nodesOf(from, depth + 1);
  if (from.tagName === "A") return linkNode(from, children);
  if (from.tagName === "PRE") return el("code", { class: "block" }, from.textContent);
  if (/^H[1-6]$/.test(from.tagName)) return el("p", { class: "block-header" }, children);
  return AS[from.tagName] ? el(AS[from.tagName], {}, children) : el("span", {}, children);
}

// What has no name in the list is its text; nothing keeps an attribute.
function nodesOf(from, depth) {
  if (depth > DEPTH_MOST) return [from.textContent];
  return [...from.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    return node.nodeType === Node.ELEMENT_NODE && !SILENT.has(node.tagName) ? [elementNode(node, depth)] : [];
  });
}

// A parsed document of its own loads nothing and runs nothing; only the copies of nodesOf come into the page.
export function roomContent(message) {
  if (message.redacted) return [el("p", { class: "quiet" }, "(deleted)")];
  if (!message.html) return [el("p", { class: "plain-text" }, message.text)];
  return [el("div", { class: "formatted" }, nodesOf(new DOMParser().parseFromString(message.html, "text/html").body, 0))];
}
