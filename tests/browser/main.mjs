// SPDX-License-Identifier: Apache-2.0
// Runs the tests, some beside each other, those that measure alone; tells each result and sums them up.
import { check, Failed, Sandbox } from "./sandbox.mjs";
import { openBrowser, Window } from "./window.mjs";
import * as tours from "./test_tours.mjs";
import * as faults from "./test_faults.mjs";
import * as people from "./test_people.mjs";
import * as room from "./test_room.mjs";
import * as forms from "./test_forms.mjs";
import * as text from "./test_text.mjs";
import * as keyboard from "./test_keyboard.mjs";
import * as layout from "./test_layout.mjs";
import * as access from "./test_access.mjs";
import * as reader from "./test_reader.mjs";
import * as door from "./test_door.mjs";
import * as screenshots from "./test_screenshots.mjs";
import * as picture from "./test_picture.mjs";
import * as load from "./test_load.mjs";

const LIMIT_MS = 240_000, TELL_LIMIT_MS = 10_000;
const BESIDE = [tours, faults, people, room, forms, text, keyboard, layout, access, reader, door, screenshots, picture];
const ALONE = [load];

class Skipped extends Error {}

// What a test gets: sandboxes and windows that are its own, and are ended after it.
class Case {
  constructor(browser) {
    this.browser = browser;
    this.open = [];
  }

  async sandbox() {
    const s = await Sandbox.start();
    this.open.unshift({ close: () => s.stop(), tell: async () => `the bot's log ends:\n${(await s.log()).split("\n").slice(-12).join("\n")}` });
    return s;
  }

  async window(sandbox, options) {
    const w = await Window.open(this.browser, sandbox, options);
    this.open.unshift({ close: () => w.close(), tell: () => this.tellWindow(w) });
    return w;
  }

  // The usual: one of each.
  async playground(options) {
    const sandbox = await this.sandbox();
    return { sandbox, w: await this.window(sandbox, options) };
  }

  skip(why) {
    throw new Skipped(why);
  }

  async tellWindow(w) {
    const name = `failed-${this.name.replace(/\W+/g, "-")}`;
    await w.shot(name);
    return [`screenshot: ${name}.png`, ...w.verdict()].join("\n");
  }

  async tell() {
    const told = [];
    for (const thing of this.open) told.push(await Promise.resolve(thing.tell()).catch((e) => e.message));
    return told.join("\n");
  }

  // Everything is ended; the first reason why something could not be is thrown.
  async close() {
    const reasons = [];
    for (const thing of this.open) await thing.close().catch((e) => reasons.push(e));
    if (reasons.length > 0) throw reasons[0];
  }
}

const SLOWEST = 5;
const titleOf = (name) => name.replaceAll("_", " ");

function within(limitMs, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Failed(`more than ${limitMs / 1000} s`)), limitMs)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function outcomeOf(c, test) {
  try {
    await within(LIMIT_MS, test(c));
    await c.close();
    return ["passed", ""];
  } catch (reason) {
    const told = reason instanceof Skipped ? "" : `\n${await within(TELL_LIMIT_MS, c.tell()).catch((e) => e.message)}`;
    await c.close().catch(() => {});
    if (reason instanceof Skipped) return ["skipped", reason.message];
    return ["failed", ((reason instanceof Failed ? reason.message : reason.stack ?? String(reason)) + told).replaceAll("\n", "\n      ")];
  }
}

async function runOne(browser, [name, test], counts) {
  const c = new Case(browser);
  c.name = name;
  const begun = Date.now();
  const [outcome, why] = await outcomeOf(c, test);
  const took = ((Date.now() - begun) / 1000).toFixed(1);
  counts.outcomes.set(name, outcome);
  const word = { passed: "ok", failed: "not ok", skipped: "skip" }[outcome];
  const again = outcome === "failed" ? `\n      again: ${process.env.BROWSER_AGAIN} "${titleOf(name)}"` : "";
  console.log(`${word} - ${titleOf(name)} (${took} s)${why ? `: ${why}` : ""}${again}`);
  counts.times.push([Number(took), titleOf(name)]);
}

async function runAll(browser, tests, jobs, counts) {
  const waiting = [...tests];
  const worker = async () => {
    while (waiting.length > 0) await runOne(browser, waiting.shift(), counts);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

// As tests/e2e/report.py has it: few among many may have been too slow; alone they tell.
async function onceMore(browser, tests, counts) {
  const failed = tests.filter(([name]) => counts.outcomes.get(name) === "failed");
  if (counts.outcomes.size < Number(process.env.BROWSER_OF_AT_LEAST) || failed.length > Number(process.env.BROWSER_SECOND_MOST)) return;
  for (const test of failed) {
    const title = titleOf(test[0]);
    console.log(`once more, alone - ${title}`);
    await runOne(browser, test, counts);
    if (counts.outcomes.get(test[0]) === "passed") console.log(`UNSTEADY - ${title}: failed among the others and passed alone; see above what it waited for`);
  }
}

const collect = (modules, words) => modules.flatMap((m) => Object.entries(m)).filter(([name]) => words.length === 0 || words.some((word) => titleOf(name).includes(word)));

async function main(words) {
  const counts = { outcomes: new Map(), times: [] };
  const browser = await openBrowser();
  const stop = () => browser.close().finally(() => process.exit(1));
  process.on("SIGTERM", stop).on("SIGINT", stop);
  const beside = collect(BESIDE, words), alone = collect(ALONE, words);
  await runAll(browser, beside, Number(process.env.BROWSER_JOBS), counts);
  await runAll(browser, alone, 1, counts);
  await onceMore(browser, [...beside, ...alone], counts);
  await browser.close();
  const slowest = counts.times.sort((a, b) => b[0] - a[0]).slice(0, SLOWEST);
  if (counts.times.length > SLOWEST) console.log(`slowest: ${slowest.map(([took, name]) => `${name} (${took.toFixed(0)} s)`).join(", ")}`);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const outcome of counts.outcomes.values()) sum[outcome]++;
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  process.exit(sum.failed > 0 || sum.passed + sum.skipped === 0 ? 1 : 0);
}

await main(process.argv.slice(2));
