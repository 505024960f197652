// SPDX-License-Identifier: Apache-2.0
// The conversation in which you write; and beside it, where there is room, the other chat: the same cases in both.
import { BOT, CHANNEL, ROOM, personById } from "./cast.js";
import { announce, byId } from "./dom.js";
import { on } from "./live.js";
import { List } from "./list.js";
import { lookAtHome, startHome } from "./home.js";
import { gist } from "./message.js";
import { onPersonChange, showExamples, you } from "./people.js";

const PLACES = ["channel", "direct", "room", "home"];
const NAMES = { [CHANNEL]: "# root-ops", [ROOM]: "Matrix room" };
const unseen = { direct: 0, room: 0 };

const placeOf = () => ({ channel: CHANNEL, direct: you.person.dm, room: ROOM, home: CHANNEL })[you.place];
const otherPlace = () => (you.place === "room" ? CHANNEL : ROOM);
const partsOf = (prefix) => Object.fromEntries(Object.entries({ panel: "messages-panel", list: "messages", older: "older", empty: "empty", newest: "newest" }).map(([name, id]) => [name, byId(prefix + id)]));

let main, beside;
const isBeside = () => byId("beside-messages-panel").checkVisibility();

// ---- what is not seen ----

const isSeen = (name) => you.place === name || (name === "room" && otherPlace() === ROOM && isBeside());

function countUnseen(name, more) {
  unseen[name] = isSeen(name) ? 0 : unseen[name] + more;
  byId(`${name}-count`).hidden = unseen[name] === 0;
  byId(`${name}-count`).textContent = unseen[name] > 99 ? "99+" : `${unseen[name]}`;
}

function countNone(name) {
  unseen[name] = 0;
  countUnseen(name, 0);
}

// ---- what comes ----

// A room and Slack are kept apart, and so are their news.
function show(list, news, ofRoom) {
  if ((list.place() === ROOM) === ofRoom) list.show(news);
}

function onNews(news, ofRoom) {
  show(main, news, ofRoom);
  if (isBeside()) show(beside, news, ofRoom);
  const newest = news.changed[news.changed.length - 1];
  if (newest && newest.channel === placeOf()) announce(`${personById(newest.user)?.name ?? "reguard"}: ${gist(newest).slice(0, 200)}`);
}

function onMessages(news) {
  onNews(news, false);
  countUnseen("direct", news.changed.filter((m) => m.channel === you.person.dm && m.user === BOT).length);
}

function onRoom(news) {
  onNews(news, true);
  countUnseen("room", news.fresh.filter((m) => !m.thread_ts && m.user === BOT).length);
}

function onPrivate(secrets) {
  for (const s of main.showSecrets(secrets)) announce(`Only you can see this: ${gist(s.message).slice(0, 200)}`);
  if (isBeside()) beside.showSecrets(secrets);
}

// ---- the conversations ----

export const scrollToEnd = () => main.scrollToEnd();
// Points a card out, without moving the focus or the list.
export const pointOut = (ts) => main.pointOut(ts);

function redrawBeside() {
  byId("beside-title").textContent = NAMES[otherPlace()];
  if (!isBeside()) return;
  beside.redraw();
  if (otherPlace() === ROOM) countNone("room");
}

function redraw() {
  main.redraw();
  redrawBeside();
}

export function showConversation(name) {
  you.place = name;
  for (const other of PLACES) {
    byId(`tab-${other}`).setAttribute("aria-selected", String(other === name));
    byId(`tab-${other}`).tabIndex = other === name ? 0 : -1;
  }
  const home = name === "home";
  byId("messages-frame").hidden = home;
  byId("home-panel").hidden = !home;
  if (!home) main.panel.setAttribute("aria-labelledby", `tab-${name}`);
  if (name in unseen) countNone(name);
  showExamples();
  redraw();
  if (home) lookAtHome();
}

function onTabKey(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  showConversation(PLACES[(PLACES.indexOf(you.place) + step + PLACES.length) % PLACES.length]);
  byId(`tab-${you.place}`).focus();
}

function onReset() {
  main.threads.open.clear();
  beside.threads.open.clear();
  countNone("direct");
  countNone("room");
  redraw();
}

export function startChannel() {
  main = new List(partsOf(""), placeOf);
  beside = new List(partsOf("beside-"), otherPlace);
  startHome();
  on("messages", onMessages);
  on("room", onRoom);
  on("private", onPrivate);
  on("reset", onReset);
  onPersonChange(() => {
    countNone("direct");
    redraw();
  });
  for (const name of PLACES) {
    byId(`tab-${name}`).addEventListener("click", () => showConversation(name));
    byId(`tab-${name}`).addEventListener("keydown", onTabKey);
  }
  // There may be room for it now.
  let was = isBeside();
  new ResizeObserver(() => {
    if (isBeside() !== was) redrawBeside();
    was = isBeside();
  }).observe(document.body);
  byId("beside-title").textContent = NAMES[otherPlace()];
}
