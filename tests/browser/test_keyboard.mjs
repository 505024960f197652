// SPDX-License-Identifier: Apache-2.0
// Without a mouse.
import { check } from "./sandbox.mjs";
import { focused, focusIsVisible, tabTo } from "./keys.mjs";
import { LAPTOP, PHONE } from "./window.mjs";

async function playsAWholeCase(t, options) {
  const { sandbox, w } = await t.playground(options);
  const key = (name) => w.page.keyboard.press(name);
  await tabTo(w, /^Message or command, as Ana/);
  await w.page.keyboard.type("/reguard lift bakery for 5m task billing because month end invoices");
  await key("Enter");
  await w.sees(w.card("G-0001"));
  check((await focused(w)).name.startsWith("Message or command"), "the focus stays in the field after sending");
  await tabTo(w, /^I can read that mailbox G-0001$/, "Shift+Tab");
  await key("Enter");
  await w.misses(w.button("I can read that mailbox"));
  await focusIsVisible(w, "the button that was pressed went away");
  await tabTo(w, /^Ana Admin/);
  await key("ArrowDown");
  await w.sees(w.page.getByLabel("Message or command, as Ben"));
  await tabTo(w, /^Approve… G-0001$/, "Shift+Tab");
  await key("Enter");
  await w.sees(w.page.getByRole("dialog"));
  await focusIsVisible(w, "the dialog opened");
  await tabTo(w, /^Approve$/);
  await key("Enter");
  await sandbox.caseIs("G-0001", "lifted");
  await focusIsVisible(w, "the case was lifted");
  await tabTo(w, /^Message or command, as Ben/);
  await w.page.keyboard.type("/reguard done");
  await key("Enter");
  await sandbox.caseIs("G-0001", "restored");
  await focusIsVisible(w, "the case was restored");
}

export const keyboard_plays_a_whole_case = (t) => playsAWholeCase(t);
export const keyboard_plays_a_whole_case_on_a_laptop = (t) => playsAWholeCase(t, { viewport: LAPTOP });
export const keyboard_plays_a_whole_case_on_a_phone_in_the_dark = (t) => playsAWholeCase(t, { viewport: PHONE, colorScheme: "dark" });

export async function keyboard_walks_the_tour_with_enter_alone(t) {
  const { sandbox, w } = await t.playground();
  await tabTo(w, /^Ana asks$/);
  await w.page.keyboard.press("Enter");
  await w.until(() => document.activeElement.textContent === "Ana confirms the mailbox");
  await focusIsVisible(w, "the second step came");
  await w.page.keyboard.press("Enter");
  await w.until(() => document.activeElement.textContent === "Ben approves");
  await w.page.keyboard.press("Enter");
  await w.until(() => document.activeElement.textContent === "I have looked");
  await sandbox.caseIs("G-0001", "lifted");
  await focusIsVisible(w, "it was lifted");
}

export async function keyboard_escape_closes_and_gives_the_focus_back(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ben");
  const approve = w.button("Approve…", w.card(name));
  await approve.focus();
  await w.page.keyboard.press("Enter");
  await w.sees(w.page.getByRole("dialog"));
  await w.page.keyboard.press("Escape");
  await w.misses(w.page.getByRole("dialog"));
  check((await focused(w)).name === "Approve… G-0001", `the focus is on ${(await focused(w)).name} after Escape`);
  const decline = w.button("Decline…", w.card(name));
  await decline.focus();
  await w.page.keyboard.press("Enter");
  await w.sees(w.page.getByRole("dialog"));
  await w.page.keyboard.press("Escape");
  await w.misses(w.page.getByRole("dialog"));
  check((await focused(w)).name === "Decline… G-0001", `the focus is on ${(await focused(w)).name} after Escape from the form`);
}

export async function keyboard_focus_stays_in_an_open_dialog(t) {
  const { sandbox, w } = await t.playground();
  await w.as("Ana", "/reguard lift");
  await w.sees(w.page.getByRole("dialog"));
  const outside = [];
  for (let i = 0; i < 12; i++) {
    await w.page.keyboard.press("Tab");
    const at = await w.page.evaluate(() => (document.activeElement === document.body || document.activeElement.closest("dialog") ? "" : document.activeElement.outerHTML.slice(0, 100)));
    if (at) outside.push(at);
  }
  check(outside.length === 0, `the focus left the dialog: ${outside[0]}`);
  check((await sandbox.cards()).length === 0, "nothing was sent");
}

export async function keyboard_skip_link_and_tabs(t) {
  const { w } = await t.playground();
  await w.page.keyboard.press("Tab");
  const first = await focusIsVisible(w, "the first Tab");
  check(first.name === "Skip to the message field", `the first stop is ${first.name}`);
  await w.page.keyboard.press("Enter");
  check((await focused(w)).name.startsWith("Message or command"), "the link leads to the field");
  await w.page.getByRole("tab", { name: "# root-ops" }).focus();
  await w.page.keyboard.press("ArrowRight");
  await w.sees(w.page.getByRole("tab", { name: "Direct messages", selected: true }));
  check((await focused(w)).name.startsWith("Direct messages"), "the arrow moves to the other conversation");
}

export async function keyboard_every_stop_is_visible(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.lift();
  await w.sees(w.card("G-0001"));
  const seen = new Set();
  for (let i = 0; i < 120; i++) {
    await w.page.keyboard.press("Tab");
    const f = await focused(w);
    if (f.tag === "BODY") break;
    await focusIsVisible(w, `Tab, ${i + 1} times`);
    seen.add(f.name);
  }
  for (const wanted of ["Send", "Kill it (kill -9)", "Switch it off", "I'm done, restore G-0001", "Audit records, newest first"]) check(seen.has(wanted), `“${wanted}” is no stop`);
}
