// SPDX-License-Identifier: Apache-2.0
// Much at once. What is measured is a count or a ratio on this very machine, never a time.
import { check } from "./sandbox.mjs";

const MESSAGES = 500;
const NODES_MOST = 15000;
const FRAMES_SHARE = 1 / 3;
const WHEEL_STEP = 900, WHEEL_STEPS_MOST = 400;

export async function load_five_hundred_messages_scroll(t) {
  const { sandbox, w } = await t.playground();
  for (let i = 1; i <= MESSAGES; i++) await sandbox.post("say", { person: ["ana", "ben", "dan"][i % 3], text: `message number ${i} of ${MESSAGES}: something that people say` });
  await w.sees(w.page.getByText(`message number ${MESSAGES} of`));
  const looks = await w.page.evaluate(() => {
    const list = document.querySelector("#messages");
    return { nodes: document.querySelectorAll("*").length, shown: list.childElementCount, lazy: getComputedStyle(list.lastElementChild).contentVisibility, older: document.querySelector("#older").textContent };
  });
  check(looks.lazy === "auto" || looks.nodes < NODES_MOST, `${looks.nodes} elements, content-visibility ${looks.lazy}`);
  check(looks.shown === MESSAGES || looks.older.startsWith(String(MESSAGES - looks.shown)), `${looks.shown} are shown, and “${looks.older}”`);
  await startCounting(w);
  await wheelTo(w, -1, () => document.querySelector("#messages-panel").scrollTop === 0);
  await wheelTo(w, 1, isAtEnd);
  const { all, slow } = await gapsOf(w);
  check(slow <= all / 10, `${slow} of ${all} frames took three times the usual`);
}

const isAtEnd = () => {
  const panel = document.querySelector("#messages-panel");
  return panel.scrollHeight - panel.clientHeight - panel.scrollTop < 2;
};
const twoFrames = (w) => w.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
const panelOf = (w) => w.page.getByRole("tabpanel");

// Turns the wheel until the end is reached: what comes into view is laid out on the way, and the list grows.
async function wheelTo(w, direction, reached) {
  await panelOf(w).hover();
  for (let i = 0; i < WHEEL_STEPS_MOST; i++) {
    await w.page.mouse.wheel(0, direction * WHEEL_STEP);
    await twoFrames(w);
    if (await w.page.evaluate(reached)) return;
  }
  check(false, `the wheel did not reach the end in ${WHEEL_STEPS_MOST} steps`);
}

// Whoever reads further up is left there, however little they moved and whatever comes meanwhile.
async function readerStays(t, move, when) {
  const { sandbox, w } = await t.playground();
  for (let i = 1; i <= 40; i++) await sandbox.post("say", { person: "ben", text: `message number ${i}` });
  await w.sees(w.page.getByText("message number 40"));
  await w.until(isAtEnd);
  await move(w);
  const top = await panelOf(w).evaluate((panel) => panel.scrollHeight - panel.clientHeight - panel.scrollTop);
  check(top > 2, `${when}: the list is at its end still`);
  await sandbox.post("say", { person: "dan", text: "something new" });
  await w.sees(w.button(/^New messages/));
  check(!(await w.page.evaluate(isAtEnd)), `${when}: the reader was taken to the end`);
  await w.button(/^New messages/).click();
  await w.until(isAtEnd);
  await w.misses(w.button(/^New messages/));
}

export const load_of_news_leaves_whoever_turned_the_wheel = (t) => readerStays(t, async (w) => {
  await panelOf(w).hover();
  for (let i = 0; i < 10; i++) await w.page.mouse.wheel(0, -15);
  await w.until(() => document.querySelector("#messages-panel").scrollTop > 0);
  await twoFrames(w);
}, "the wheel, in small steps");

export const load_of_news_leaves_whoever_pressed_arrow_up = (t) => readerStays(t, async (w) => {
  await panelOf(w).focus();
  for (let i = 0; i < 5; i++) {
    await w.page.keyboard.press("ArrowUp");
    await twoFrames(w);
  }
}, "the arrow key");

const RATE = 1000;
const SLICES = 20;
const SLICE_MS = 200;

// Frames that the page draws from one call to the other.
const startCounting = (w) => w.page.evaluate(() => {
  const count = (window.count = { gaps: [], from: performance.now() });
  let before = count.from;
  const next = (now) => {
    if (window.count !== count) return;
    count.gaps.push(now - before);
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
});

const gapsOf = (w) => w.page.evaluate(() => {
  const { gaps, from } = window.count;
  window.count = null;
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return { all: gaps.length, slow: gaps.filter((gap) => gap > 3 * usual).length, aSecond: (1000 * gaps.length) / (performance.now() - from) };
});

// A thousand commands a second, a slice at a time: one slice is sent when its moment has come and the one before is done.
async function loadOf(sandbox) {
  const begun = Date.now();
  let events = 0;
  for (let i = 0; i < SLICES; i++) {
    const done = await sandbox.post("load", { events: (RATE * SLICE_MS) / 1000, in_flight: 64, text: "status", users: 900 });
    events += done.events;
    const early = begun + (i + 1) * SLICE_MS - Date.now();
    if (early > 0) await sandbox.get(`wait?since=${Number.MAX_SAFE_INTEGER}&timeout_ms=${early}`);
  }
  return { events, seconds: (Date.now() - begun) / 1000 };
}

export async function load_of_a_thousand_events_a_second_does_not_freeze(t) {
  const { sandbox, w } = await t.playground();
  await startCounting(w);
  await sandbox.get(`wait?since=${Number.MAX_SAFE_INTEGER}&timeout_ms=3000`);
  const calm = (await gapsOf(w)).aSecond;
  await startCounting(w);
  const load = await loadOf(sandbox);
  const busy = (await gapsOf(w)).aSecond;
  console.log(`# ${load.events} events in ${load.seconds.toFixed(1)} s; ${calm.toFixed(0)} frames a second without them, ${busy.toFixed(0)} with them`);
  check(load.events === (SLICES * RATE * SLICE_MS) / 1000, `${load.events} events were acknowledged`);
  check(busy >= calm * FRAMES_SHARE, `${busy.toFixed(1)} frames a second under load, ${calm.toFixed(1)} without`);
  await w.as("Ana", "/reguard whoami");
  await w.sees(w.privately("ana@example.com"));
}
