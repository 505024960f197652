// SPDX-License-Identifier: Apache-2.0
// Room: narrow and wide, light and dark, still and moving.
import { check } from "./sandbox.mjs";
import { LAPTOP, NARROW, PHONE, USUAL, WIDE } from "./window.mjs";

// Visible controls and landmarks that lie over each other, or stick out of the window; what scrolls inside a box is cut by it.
function trouble() {
  const clip = (e) => {
    let box = e.getBoundingClientRect();
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    for (let p = e.parentElement; p; p = p.parentElement) {
      if (getComputedStyle(p).overflow === "visible") continue;
      box = p.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return { e, left, top, right, bottom, name: `${e.tagName} “${(e.getAttribute("aria-label") ?? e.textContent).trim().slice(0, 30)}”` };
  };
  const shown = (list) => list.filter((e) => e.checkVisibility({ contentVisibilityAuto: true }) && !e.closest(".skip, .hidden")).map(clip).filter((b) => b.right - b.left > 1 && b.bottom - b.top > 1);
  const over = (a, b) => !a.e.contains(b.e) && !b.e.contains(a.e) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const top = document.querySelector("dialog[open]") ?? document;
  const groups = [shown([...top.querySelectorAll("header, .tour, .chat, .beside, .panel")]), shown([...top.querySelectorAll("button:not(.newest), input, select, textarea, summary, h1, h2")])];
  const found = [];
  for (const group of groups)
    group.forEach((a, i) => {
      if (a.left < -1 || a.right > innerWidth + 1) found.push(`${a.name} sticks out`);
      for (const b of group.slice(i + 1)) if (over(a, b)) found.push(`${a.name} and ${b.name} lie over each other`);
    });
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`the page scrolls sideways by ${wide} pixels`);
  for (const e of document.querySelectorAll("#messages-panel, #beside-messages-panel, .inside, .left, dialog")) if (e.scrollWidth - e.clientWidth > 1) found.push(`${e.id || e.className || e.tagName} scrolls sideways by ${e.scrollWidth - e.clientWidth}`);
  return found;
}

async function isTidy(w, when) {
  const found = await w.page.evaluate(trouble);
  check(found.length === 0, `${when}: ${[...new Set(found)].slice(0, 6).join("; ")}`);
}

async function looksTidy(t, name, viewport, colorScheme) {
  const { sandbox, w } = await t.playground({ viewport, colorScheme });
  await isTidy(w, "empty");
  const lifted = await sandbox.lift({ window: "5m" });
  await w.sees(w.card(lifted).filter({ hasText: "protection OFF until" }));
  await isTidy(w, "with a case");
  await w.shot(`${name}-lifted`);
  if (viewport.width < 860) {
    await w.button("Behind the scenes").click();
    await w.sees(w.region("Audit chain"));
    await isTidy(w, "behind the scenes");
    await w.shot(`${name}-behind`);
    await w.button("Channel", w.page.getByRole("navigation")).click();
  }
  await w.as("Ana", "/reguard lift");
  await w.sees(w.page.getByRole("dialog"));
  await isTidy(w, "with the form");
  await w.shot(`${name}-form`);
}

export const layout_narrow_light = (t) => looksTidy(t, "narrow-light", NARROW, "light");
export const layout_narrow_dark = (t) => looksTidy(t, "narrow-dark", NARROW, "dark");
export const layout_wide_light = (t) => looksTidy(t, "wide-light", WIDE, "light");
export const layout_wide_dark = (t) => looksTidy(t, "wide-dark", WIDE, "dark");
export const layout_laptop_light = (t) => looksTidy(t, "laptop-light", LAPTOP, "light");
export const layout_laptop_dark = (t) => looksTidy(t, "laptop-dark", LAPTOP, "dark");
export const layout_phone_light = (t) => looksTidy(t, "phone-light", PHONE, "light");
export const layout_usual_dark = (t) => looksTidy(t, "usual-dark", USUAL, "dark");

export async function layout_follows_the_theme_while_it_is_open(t) {
  const { w } = await t.playground();
  const paper = () => w.page.evaluate(() => getComputedStyle(document.querySelector("header")).backgroundColor);
  const light = await paper();
  await w.page.emulateMedia({ colorScheme: "dark" });
  await w.until((was) => getComputedStyle(document.querySelector("header")).backgroundColor !== was, light);
}

export async function layout_reduced_motion_moves_nothing(t) {
  const { sandbox, w } = await t.playground({ reducedMotion: "reduce" });
  await w.button("Ana asks").click();
  await sandbox.caseIs("G-0001", "waiting");
  await w.sees(w.card("G-0001"));
  const moving = await w.page.evaluate(() => document.getAnimations().length);
  check(moving === 0, `${moving} animations run`);
}

export async function layout_of_an_enlarged_text_stays_usable(t) {
  const { sandbox, w } = await t.playground({ viewport: { width: 640, height: 800 }, deviceScaleFactor: 2 });
  await sandbox.lift({ until: "waiting" });
  await w.sees(w.card("G-0001"));
  await isTidy(w, "at twice the size");
}

// Where it is, and whether all of it is in the window and in the list that it stands in.
const boxOf = (locator) => locator.evaluate((e) => {
  const { left, right, top, bottom } = e.getBoundingClientRect();
  const around = e.closest(".scroll")?.getBoundingClientRect() ?? { top: 0, bottom: innerHeight };
  return { left, right, whole: top >= around.top && bottom <= around.bottom && bottom <= innerHeight && left >= 0 && right <= innerWidth };
});

async function wholeCardIsSeen(t, viewport) {
  const { sandbox, w } = await t.playground({ viewport });
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ben");
  await w.sees(w.card(name).getByRole("button", { name: "Approve…" }));
  await w.sees(w.card(name).getByText("3 replies"));
  check((await boxOf(w.card(name))).whole, "the card that waits is seen as a whole, without scrolling");
  await w.become("Ana");
  await w.send("/reguard show G-0001");
  await w.sees(w.privately());
  const fits = await w.card(name).evaluate((card) => card.offsetHeight <= card.closest(".scroll").clientHeight);
  check(fits, "and it fits when it has to be scrolled to");
}

export const layout_of_a_laptop_shows_a_whole_card = (t) => wholeCardIsSeen(t, LAPTOP);
export const layout_of_a_small_screen_shows_a_whole_card = (t) => wholeCardIsSeen(t, { width: 1024, height: 768 });

export async function layout_of_a_laptop_has_steps_chat_and_room_side_by_side(t) {
  const { sandbox, w } = await t.playground({ viewport: LAPTOP });
  const name = await sandbox.lift({ until: "waiting" });
  const room = w.region("Matrix room");
  await w.sees(w.card(name));
  await w.sees(room.getByText(name));
  const boxes = [];
  for (const part of [w.region("Guided first case"), w.region("Chat"), room]) boxes.push(await boxOf(part));
  check(boxes[0].right <= boxes[1].left && boxes[1].right <= boxes[2].left, `they stand beside each other: ${JSON.stringify(boxes)}`);
  check(boxes.every((b) => b.whole), `and are seen as a whole: ${JSON.stringify(boxes)}`);
  await w.page.getByRole("tab", { name: /^Matrix room/ }).click();
  await w.sees(w.region("# root-ops").getByRole("button", { name: "Approve…" }));
  await w.as("Ben", "!reguard approve G-0001");
  await sandbox.caseIs(name, "lifted");
  await w.sees(w.region("# root-ops").getByText(/protection OFF until/).first());
}

export async function layout_with_less_room_has_one_chat(t) {
  const { sandbox, w } = await t.playground({ viewport: LAPTOP });
  await sandbox.lift({ until: "waiting" });
  await w.sees(w.region("Matrix room").getByText("G-0001"));
  await w.page.setViewportSize({ width: 1000, height: 720 });
  await w.misses(w.region("Matrix room"));
  await sandbox.post("click", { person: "ben", action: "approve", case: "G-0001" });
  await sandbox.caseIs("G-0001", "lifted");
  await w.page.setViewportSize(LAPTOP);
  await w.sees(w.region("Matrix room").getByText(/protection OFF until/).first());
}
