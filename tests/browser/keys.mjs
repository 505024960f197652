// SPDX-License-Identifier: Apache-2.0
// The keyboard, and where the focus is.
import { check, Failed } from "./sandbox.mjs";

const STOPS_MOST = 150;

// What has the focus: its name as a person would say it, and whether it can be seen that it has it.
export function focused(w) {
  return w.page.evaluate(() => {
    const e = document.activeElement;
    const words = e.labels?.[0]?.cloneNode(true) ?? e.cloneNode(true);
    for (const unsaid of words.querySelectorAll("[aria-hidden=true], [hidden]")) unsaid.remove();
    const name = e.getAttribute("aria-label") ?? words.textContent;
    const frame = e.closest("label.person") ?? e;
    const style = getComputedStyle(frame);
    const box = frame.getBoundingClientRect();
    const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    return { tag: e.tagName, role: e.getAttribute("role") ?? e.type ?? "", name: name.replace(/\s+/g, " ").trim().slice(0, 200), outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, inside };
  });
}

export async function focusIsVisible(w, after) {
  const f = await focused(w);
  check(f.tag !== "BODY" && f.tag !== "HTML", `the focus is lost after ${after}`);
  check(f.outlined && f.inside, `the focus cannot be seen on ${f.tag} “${f.name}” after ${after}${f.inside ? "" : ": it is out of sight"}`);
  return f;
}

// Tab until what is called so has the focus, which can be seen all the way.
export async function tabTo(w, name, key = "Tab") {
  const passed = [];
  for (let i = 0; i < STOPS_MOST; i++) {
    await w.page.keyboard.press(key);
    const f = await focused(w);
    if (f.tag !== "BODY") await focusIsVisible(w, `${key}, ${i + 1} times`);
    if (name.test(f.name)) return f;
    passed.push(f.name.slice(0, 30));
  }
  throw new Failed(`nothing called ${name} is reached with ${key}; passed: ${[...new Set(passed)].join(" | ")}`);
}
