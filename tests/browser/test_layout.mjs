// Room: narrow and wide, light and dark, still and moving.
import { check } from "./sandbox.mjs";
import { NARROW, USUAL, WIDE } from "./window.mjs";

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
  const groups = [shown([...top.querySelectorAll("header, .tour, .chat, .panel")]), shown([...top.querySelectorAll("button:not(.newest), input, select, textarea, summary, h1, h2")])];
  const found = [];
  for (const group of groups)
    group.forEach((a, i) => {
      if (a.left < -1 || a.right > innerWidth + 1) found.push(`${a.name} sticks out`);
      for (const b of group.slice(i + 1)) if (over(a, b)) found.push(`${a.name} and ${b.name} lie over each other`);
    });
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`the page scrolls sideways by ${wide} pixels`);
  for (const e of document.querySelectorAll("#messages-panel, .inside, .left, dialog")) if (e.scrollWidth - e.clientWidth > 1) found.push(`${e.id || e.className || e.tagName} scrolls sideways by ${e.scrollWidth - e.clientWidth}`);
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
  await w.sees(w.card(lifted).filter({ hasText: "Lifted" }));
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
