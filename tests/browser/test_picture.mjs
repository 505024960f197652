// SPDX-License-Identifier: Apache-2.0
// The moving picture of the README: a whole case in the chat, as the page shows it, as one SVG that needs nothing beside it.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "./sandbox.mjs";

const SIZE = { width: 720, height: 600 };
const CAPTION = 40; // pixels under the chat
const MOST_BYTES = 1_000_000;
// The chat alone: what stands around it on the page is not what people have in front of them.
const CHAT_ALONE = ".top, .tour, .examples, .skip { display: none !important } main { padding: 0 !important } .chat { border-radius: 0 !important }";
// Who asked to see less movement sees the case lifted, and still.
const STILL = "lifted";

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function moving(frames) {
  const whole = frames.reduce((sum, f) => sum + f.seconds, 0);
  const per = (seconds) => `${((100 * seconds) / whole).toFixed(3)}%`;
  let at = 0;
  const rules = [], groups = [];
  for (const [i, f] of frames.entries()) {
    const [from, to] = [per(at), per((at += f.seconds))];
    rules.push(`@keyframes f${i} { 0% { visibility: ${i === 0 ? "visible" : "hidden"} } ${from} { visibility: visible } ${to} { visibility: hidden } 100% { visibility: hidden } }`);
    rules.push(`#f${i} { animation: f${i} ${whole}s step-end infinite }`);
    groups.push(`<g id="f${i}" class="${f.name}"><image width="${SIZE.width}" height="${SIZE.height}" href="data:image/png;base64,${f.png.toString("base64")}"/><text x="16" y="${SIZE.height + 26}">${escaped(f.caption)}</text></g>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height + CAPTION}" width="${SIZE.width}" height="${SIZE.height + CAPTION}" role="img">
<title>A case in the chat: ${escaped(frames.map((f) => f.caption).join(" "))}</title>
<style>
text { font: 17px system-ui, sans-serif; fill: #ffffff }
g { visibility: hidden }
${rules.join("\n")}
@media (prefers-reduced-motion: reduce) { g { animation: none !important } g.${STILL} { visibility: visible } }
</style>
<rect width="100%" height="100%" fill="#24324a"/>
${groups.join("\n")}
</svg>
`;
}

export async function screenshots_of_the_moving_picture(t) {
  const { sandbox, w } = await t.playground({ viewport: SIZE, bypassCSP: true, reducedMotion: "reduce" });
  await w.page.addStyleTag({ content: CHAT_ALONE });
  const frames = [];
  const frame = async (name, seconds, caption) => frames.push({ name, seconds, caption, png: await w.page.screenshot({ animations: "disabled", caret: "initial" }) });

  await w.page.getByLabel(/^Message or command/).fill("/reguard lift bakery for 30s task billing because month end invoices");
  await frame("typed", 3, "Ana needs a root user, for one task. (Real windows are minutes or hours.)");
  await w.button("Send").click();
  await w.sees(w.card("G-0001").getByRole("button", { name: "Approve…" }));
  await frame("asked", 4, "reguard has checked her role, the account and the task, and asks the others.");
  await sandbox.post("click", { person: "ana", action: "mailbox", case: "G-0001" });
  await w.misses(w.card("G-0001").getByRole("button", { name: /mailbox/ }));
  await w.become("Ben");
  await w.button("Approve…", w.card("G-0001")).click();
  await w.sees(w.page.getByRole("dialog"));
  await frame("confirm", 4, "Ben approves, and is told once more what that opens.");
  await w.page.getByRole("dialog").getByRole("button", { name: /^Approve/ }).click();
  await sandbox.caseIs("G-0001", "lifted");
  await w.sees(w.posts(/Root protection is (down|OFF)/));
  await frame("lifted", 4, "Root protection is OFF, verified by two reads.");
  await w.sees(w.posts("OVERDUE"));
  await frame("overdue", 4, "Nobody restores: the channel hears of it, louder each time.");
  await w.become("Cleo");
  await w.page.getByLabel(/^Message or command/).fill("/reguard done");
  await frame("done", 2, "Any Admin may end it. That needs no approval.");
  await w.button("Send").click();
  await sandbox.caseIs("G-0001", "restored");
  await w.sees(w.posts(/back ON/).last());
  await frame("restored", 5, "Only the proof that it is ON again ends the reminders.");

  const svg = moving(frames);
  check(svg.length < MOST_BYTES, `the moving picture has ${svg.length} bytes`);
  await mkdir(process.env.BROWSER_SHOTS, { recursive: true });
  await writeFile(join(process.env.BROWSER_SHOTS, "readme-case.svg"), svg);
  for (const f of frames) await writeFile(join(process.env.BROWSER_SHOTS, `case-${f.name}.png`), f.png);
}
