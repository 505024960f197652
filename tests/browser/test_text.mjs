// SPDX-License-Identifier: Apache-2.0
// What people write is text, whatever it looks like.
import { check } from "./sandbox.mjs";

const HOSTILE = [
  `<script>alert(1)</script>`,
  `<img src="http://203.0.113.7/x.png" onerror="alert(2)">`,
  `<!channel> <!here|all> <@U0BEN0001> <https://evil.example/|harmless>`,
  `<svg onload=alert(3)><iframe src="//evil.example"></iframe>`,
  `"><b onclick=alert(4)>bold</b>`,
  `javascript:alert(5) &lt;i&gt; &amp;amp; \`code\` *_~x~_*`,
  `abc \u202E dlrow \u2066 olleh \u2069 \u200B\u200D end`,
  `{{constructor.constructor('alert(6)')()}} \${alert(7)}`,
];

// Elements that the page makes itself, and what they may carry.
async function nothingCameOfIt(w) {
  const found = await w.page.evaluate(() => {
    const bad = [...document.querySelectorAll("main script, main img, main iframe, main a[href], main object, main embed, main form[action], main style, main link, main video, main audio")];
    const handlers = [...document.querySelectorAll("*")].filter((e) => e.getAttributeNames().some((n) => n.startsWith("on")));
    return [...bad, ...handlers].map((e) => e.outerHTML.slice(0, 200));
  });
  check(found.length === 0, `elements came of text: ${found.join(" ")}`);
}

export async function text_hostile_messages_are_shown_as_text(t) {
  const { w } = await t.playground();
  for (const text of HOSTILE) {
    await w.send(text);
    const shown = w.page.getByRole("article", { name: "Ana", exact: true }).last();
    await w.until((n) => document.querySelectorAll("#messages > li").length === n, HOSTILE.indexOf(text) + 1);
    const readable = (await shown.textContent()).replace(/[*_~`]/g, "");
    const mark = /alert\((\d)\)/.exec(text)?.[0];
    check(!mark || readable.includes(mark), `“${text}” is shown as “${readable}”`);
  }
  await w.sees(w.page.getByText("<script>alert(1)</script>"));
  await w.sees(w.page.getByText("<img src="));
  check((await w.page.locator("#messages b, #messages script, #messages img, #messages svg").count()) === 0, "no element came of a message");
  await nothingCameOfIt(w);
}

export async function text_hostile_reason_is_shown_as_text(t) {
  const { sandbox, w } = await t.playground();
  const reason = HOSTILE.slice(0, 5).join(" ");
  await w.as("Ana", `/reguard lift bakery for 5m task billing because ${reason}`);
  const name = await sandbox.until(async () => (await sandbox.cards())[0]?.case, "a card");
  await w.sees(w.card(name).getByText("<script>alert(1)</script>"));
  const card = await w.card(name).textContent();
  check(card.includes("onerror") && card.includes("<!channel>"), `the card has the reason as it was written: ${card.slice(0, 400)}`);
  check((await w.card(name).locator(".mention.loud").count()) === 0, "nobody was called by the reason");
  await sandbox.post("click", { person: "ana", action: "mailbox", case: name });
  await sandbox.post("click", { person: "ben", action: "approve", case: name });
  await sandbox.caseIs(name, "lifted");
  await nothingCameOfIt(w);
  for (const records of await w.region("Audit records, newest first").getByText("asked", { exact: true }).all()) await records.click();
  await nothingCameOfIt(w);
}

export async function text_of_five_thousand_characters_stays_inside(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.post("say", { person: "eve", text: "W".repeat(5000) });
  await sandbox.post("say", { person: "eve", text: "many words ".repeat(450) });
  await w.sees(w.page.getByRole("article", { name: "Eve" }));
  const over = await w.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  const inside = await w.page.evaluate(() => document.querySelector("#messages-panel").scrollWidth - document.querySelector("#messages-panel").clientWidth);
  check(over <= 0 && inside <= 0, `it sticks out by ${over} and ${inside} pixels`);
}

export async function text_with_bidi_controls_turns_only_itself(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.post("command", { person: "ana", text: "lift bakery for 5m task billing because \u202Etfil \u2067 invoices" });
  const name = await sandbox.until(async () => (await sandbox.cards())[0]?.case, "a card");
  await w.sees(w.card(name));
  const card = await w.card(name).textContent();
  check(!/[\u202A-\u202E\u2066-\u2069]/.test(card), "the card has no control characters that turn the text");
}
