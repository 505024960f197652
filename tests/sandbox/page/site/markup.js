// SPDX-License-Identifier: Apache-2.0
// Slack's message markup (mrkdwn) into nodes. Only what Slack renders, and nothing that could load or run: links are shown, not made.
import { personById } from "./cast.js";
import { el } from "./dom.js";

const EMOJI = { white_check_mark: "✅", x: "❌", lock: "🔒", unlock: "🔓", warning: "⚠️", bell: "🔔", eyes: "👀", "+1": "👍", tada: "🎉" };
const STYLES = { "*": "strong", "_": "em", "~": "s" };

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

// The three entities that Slack writes.
export const decode = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

function dayName(date) {
  const start = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((start(date) - start(new Date())) / 86400000);
  return { 0: "today", 1: "tomorrow", "-1": "yesterday" }[days] ?? date.toLocaleDateString([], { month: "short", day: "numeric" });
}

// <!date^seconds^format|fallback>, in the reader's own time. Windows are short here, so the time has its seconds.
function dateNode(inside, fallback) {
  const [, seconds, format = ""] = inside.split("^");
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = dayName(date);
  const text = format.replace(/\{date[a-z_]*\}/g, day).replace(/\{time[a-z_]*\}/g, time) || fallback;
  return el("time", { datetime: date.toISOString(), title: fallback }, text.replace(/^today /, ""));
}

function specialNode(inside) {
  const bar = inside.indexOf("|");
  const what = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : decode(inside.slice(bar + 1));
  if (what.startsWith("@")) return el("span", { class: "mention" }, `@${personById(what.slice(1))?.name ?? label ?? what.slice(1)}`);
  if (what.startsWith("#")) return el("span", { class: "mention" }, `#${label || "root-ops"}`);
  if (what.startsWith("!date^")) return dateNode(what, label);
  if (what.startsWith("!")) return el("span", { class: "mention loud" }, `@${what.slice(1).split("^")[0]}`);
  return label && label !== decode(what) ? `${label} (${decode(what)})` : decode(what);
}

// A pair of marks counts when it hugs its text and stands between words.
function styledNode(text, at) {
  const mark = text[at];
  const before = at === 0 ? " " : text[at - 1];
  if (!STYLES[mark] || /[\p{L}\p{N}]/u.test(before)) return null;
  const end = text.indexOf(mark, at + 2);
  const inner = text.slice(at + 1, end);
  const after = text[end + 1] ?? " ";
  if (end < 0 || /^\s|\s$|\n/.test(inner) || /[\p{L}\p{N}]/u.test(after)) return null;
  return { node: el(STYLES[mark], {}, markup(inner)), next: end + 1 };
}

function codeNode(text, at) {
  const fence = text.startsWith("```", at) ? "```" : "`";
  const end = text.indexOf(fence, at + fence.length);
  if (end <= at + fence.length || (fence === "`" && text.slice(at, end).includes("\n"))) return null;
  return { node: el("code", { class: fence.length > 1 ? "block" : null }, decode(text.slice(at + fence.length, end))), next: end + fence.length };
}

function emojiNode(text, at) {
  const name = /^:([a-z0-9_+-]+):/.exec(text.slice(at, at + 40))?.[1];
  return name && EMOJI[name] ? { node: EMOJI[name], next: at + name.length + 2 } : null;
}

function nodeAt(text, at) {
  const c = text[at];
  if (c === "\n") return { node: el("br"), next: at + 1 };
  if (c === "`") return codeNode(text, at);
  if (c === ":") return emojiNode(text, at);
  if (c === "<") {
    const end = text.indexOf(">", at);
    return end < 0 ? null : { node: specialNode(text.slice(at + 1, end)), next: end + 1 };
  }
  return styledNode(text, at);
}

// A list of nodes and strings.
export function markup(text) {
  const out = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const found = "\n`:<*_~".includes(text[at]) ? nodeAt(text, at) : null;
    if (!found) {
      plain += text[at++];
      continue;
    }
    if (plain) out.push(decode(plain));
    plain = "";
    out.push(found.node);
    at = found.next;
  }
  if (plain) out.push(decode(plain));
  return out;
}

// The same as one line of plain words: for announcements and summaries.
export function words(text) {
  return el("p", {}, markup(text)).textContent.replace(/\s+/g, " ").trim();
}
