// SPDX-License-Identifier: Apache-2.0
// One message: who and when, its content, reactions, and the thread under it.
import { BOT, CHANNEL, ROOM, personById } from "./cast.js";
import { button, clock, el } from "./dom.js";
import { contentOf } from "./blocks.js";
import { known } from "./live.js";
import { emoji, words } from "./markup.js";
import { click, clickIn, react, say, sayInRoom, you } from "./people.js";
import { roomContent } from "./room.js";

const REACTIONS = { [CHANNEL]: ["white_check_mark", "x"], [ROOM]: ["✅", "❌"] };

const press = (message, action) => click(you.person.key, message, action);
const pressPrivate = (message, action, value) => clickIn(you.person.key, "private", action, value);
const inRoom = (message) => message.channel === ROOM;
const bodyOf = (message, secret) => (inRoom(message) ? roomContent(message) : contentOf(message, secret ? pressPrivate : press));
const symbol = (message, name) => (inRoom(message) ? name : emoji(name));
// One line of plain words.
export const gist = (message) => (inRoom(message) ? message.text.replace(/\s+/g, " ") : words(message.text ?? ""));

function reactionButton(message, name, users) {
  const mine = users.includes(you.person.id);
  const names = users.map((u) => personById(u)?.name ?? u).join(", ");
  const label = `${symbol(message, name)}, ${users.length}: ${names}. ${mine ? "Take yours back" : "Add yours"}`;
  return button([symbol(message, name), " ", String(users.length)], () => react(you.person.key, message, name, mine), { class: "reaction", "aria-pressed": String(mine), "aria-label": label, title: names });
}

function reactionRow(message) {
  if (!REACTIONS[message.channel]) return null;
  const there = message.reactions ?? [];
  const missing = REACTIONS[message.channel].filter((name) => !there.some((r) => r.name === name));
  return el(
    "div",
    { class: "reactions" },
    there.map((r) => reactionButton(message, r.name, r.users)),
    missing.map((name) => button([symbol(message, name), " +"], () => react(you.person.key, message, name, false), { class: "reaction add", "aria-label": `React with ${symbol(message, name)}` })),
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
    if (text && inRoom(root)) sayInRoom(you.person.key, text, root);
    else if (text) say(you.person.key, text, root.channel === CHANNEL ? { thread_ts: root.ts } : { thread_ts: root.ts, dm: true });
    field.value = "";
  };
  return el("form", { class: "reply", on: { submit: onSubmit } }, el("label", { for: id, class: "hidden" }, "Reply in this thread"), field, el("button", { type: "submit" }, "Reply"));
}

export const byTs = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
const repliesTo = (root) => [...((inRoom(root) ? known.room : known).replies.get(root.ts)?.values() ?? [])].sort(byTs);

function replyNode(message) {
  return el("li", { class: "reply-message" }, headOf(message), el("div", { class: "body" }, bodyOf(message)), message.reactions?.length > 0 && reactionRow(message));
}

function threadNode(root, threads) {
  const replies = repliesTo(root);
  const last = replies[replies.length - 1];
  const label = replies.length === 0 ? "Reply in a thread" : `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const list = el("ol", { class: "replies" });
  const details = el("details", { class: "thread" }, el("summary", {}, el("span", {}, label), last && el("span", { class: "last" }, gist(last))));
  const fill = () => {
    list.replaceChildren(...replies.map(replyNode));
    details.append(list, replyForm(root));
  };
  details.addEventListener("toggle", () => {
    if (details.open && !list.isConnected) fill();
    if (details.open && !threads.open.has(root.ts)) threads.onOpen();
    if (details.open) threads.open.add(root.ts);
    else threads.open.delete(root.ts);
  });
  if (threads.open.has(root.ts)) {
    fill();
    details.open = true;
  }
  return details;
}

// threads: {open: the ts of those that are open, onOpen: called when one is opened}.
export function messageNode(message, secret, threads) {
  const kind = message.case ? " card" : "";
  const urgent = /OVERDUE|OFF outside reguard/.test(message.text ?? "") && message.case && message.state !== "restored" ? " urgent" : "";
  return el(
    "li",
    { class: `message${kind}${urgent}${secret ? " secret" : ""}`, data: { ts: message.ts, case: message.case ?? "", state: message.state ?? "" } },
    el(
      "article",
      { "aria-label": `${secret ? "Only you can see this: " : ""}${personById(message.user)?.name ?? "reguard"}` },
      headOf(message, secret),
      el("div", { class: "body" }, bodyOf(message, secret)),
      !secret && reactionRow(message),
      !secret && threadNode(message, threads),
    ),
  );
}
