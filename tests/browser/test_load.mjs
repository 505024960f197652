// Much at once. What is measured is a count or a ratio on this very machine, never a time.
import { check } from "./sandbox.mjs";

const MESSAGES = 500;
const NODES_MOST = 15000;
const FRAMES_SHARE = 1 / 3;

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
  const frames = await w.page.evaluate(scrollThrough);
  check(frames.atTop < 50 && frames.atEnd < 50, `scrolling ends ${frames.atTop} and ${frames.atEnd} pixels away`);
  check(frames.slow <= frames.all / 10, `${frames.slow} of ${frames.all} frames took three times the usual`);
}

// Up and down in steps of a frame each.
async function scrollThrough() {
  const panel = document.querySelector("#messages-panel");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const gaps = [];
  let before = await frame();
  const go = async (to) => {
    for (let i = 0; i < 60; i++) {
      panel.scrollTop += (to() - panel.scrollTop) / (60 - i);
      const now = await frame();
      gaps.push(now - before);
      before = now;
    }
  };
  await go(() => 0);
  panel.scrollTop = 0;
  await frame();
  const atTop = panel.scrollTop;
  await go(() => panel.scrollHeight);
  for (let i = 0; i < 5; i++) {
    panel.scrollTop = panel.scrollHeight;
    await frame();
  }
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return { atTop, atEnd: panel.scrollHeight - panel.clientHeight - panel.scrollTop, all: gaps.length, slow: gaps.filter((g) => g > 3 * usual).length };
}

const RATE = 1000;
const SLICES = 20;
const SLICE_MS = 200;

// Frames that the page draws from one call to the other.
const startCounting = (w) => w.page.evaluate(() => {
  const count = (window.count = { frames: 0, from: performance.now() });
  const next = () => window.count === count && (count.frames++, requestAnimationFrame(next));
  requestAnimationFrame(next);
});
const framesASecond = (w) => w.page.evaluate(() => {
  const { frames, from } = window.count;
  window.count = null;
  return (1000 * frames) / (performance.now() - from);
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
  const calm = await framesASecond(w);
  await startCounting(w);
  const load = await loadOf(sandbox);
  const busy = await framesASecond(w);
  console.log(`# ${load.events} events in ${load.seconds.toFixed(1)} s; ${calm.toFixed(0)} frames a second without them, ${busy.toFixed(0)} with them`);
  check(load.events === (SLICES * RATE * SLICE_MS) / 1000, `${load.events} events were acknowledged`);
  check(busy >= calm * FRAMES_SHARE, `${busy.toFixed(1)} frames a second under load, ${calm.toFixed(1)} without`);
  await w.as("Ana", "/reguard whoami");
  await w.sees(w.privately("ana@example.com"));
}
