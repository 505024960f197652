// SPDX-License-Identifier: Apache-2.0
// The page as a screen reader has it: the accessibility tree, from its beginning to its end.
import { check, PATIENCE_MS } from "./sandbox.mjs";

const AGAIN_MS = 100;

// The page is drawn anew whenever something changes: what is wrong with it is looked for until nothing is.
async function settles(w, look) {
  const end = Date.now() + PATIENCE_MS;
  let wrong = await look();
  while (wrong && Date.now() < end) {
    await w.page.waitForTimeout(AGAIN_MS);
    wrong = await look();
  }
  check(!wrong, wrong);
}

// Each of these stands there, behind the one before.
function reads(w, within, parts, where) {
  return settles(w, async () => {
    const snapshot = await within.ariaSnapshot();
    let at = 0;
    for (const part of parts) {
      const found = snapshot.indexOf(part, at);
      if (found < 0) return `${where}: “${part}” ${snapshot.includes(part) ? "comes too early" : "is not read"}:\n${snapshot}`;
      at = found + part.length;
    }
    return "";
  });
}

// What is pressed says what it does, and to which case: a button is reached without what stands around it. What is about no case says so by
// its act; what stands in a menu, which takes no label in Slack, by what it asks once more.
function namesSay(w, within, where, free = []) {
  return settles(w, async () => {
    const names = await within.locator("button[data-action]:not(.overflow button)").evaluateAll((all) => all.map((b) => [b.dataset.action, b.getAttribute("aria-label") ?? "", b.textContent]));
    for (const [action, name, text] of names) {
      if (!free.includes(action) && !/ G-\d{4}$/.test(name)) return `${where}: “${name}” does not say which case it is about`;
      if (!name.startsWith(text.trim())) return `${where}: “${name}” is not what is seen, “${text}”`;
    }
    return names.length ? "" : `${where}: there is nothing to press`;
  });
}

export async function reader_meets_a_card_in_its_order(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  const card = w.card(name);
  await w.become("Ben");
  await reads(w, card, ["Waiting for another Admin", "asks to lift", "Approve or decline", "Account", "Reason", `Approve… ${name}`, `Decline… ${name}`], "a card that waits");
  await namesSay(w, card, "a card that waits");
  await card.getByLabel("More actions").click();
  await w.button("Withdraw", card).click();
  await reads(w, w.page.getByRole("dialog"), [`Withdraw ${name}?`, "Cancel"], "the question of a menu");
  await w.button("Cancel", w.page.getByRole("dialog")).click();
  await w.button("Approve…", card).click();
  const question = w.page.getByRole("dialog");
  await reads(w, question, ["Switch root protection OFF?", "all", "Cancel"], "the question of a button");
  await w.button("Approve", question).click();
  await sandbox.caseIs(name, "lifted");
  await w.sees(w.button(`I'm done, restore ${name}`));
  await reads(w, card, ["Root protection OFF", "until", "asked to lift", "Approved by", "Ben", `I'm done, restore ${name}`, `Extend… ${name}`], "a card of a window");
  await namesSay(w, card, "a card of a window");
}

export async function reader_meets_the_page_and_the_home_page_in_their_order(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.lift();
  await sandbox.post("command", { person: "ana", text: "done" });
  await sandbox.caseIs("G-0001", "restored");
  await sandbox.lift({ until: "waiting" });
  await w.sees(w.card("G-0002"));
  await reads(w, w.page.locator("body"), ["Skip to the message field", "Root protection ON", "# root-ops", "G-0001", "G-0002", "Message or command"], "the page");
  await w.become("Ana");
  await w.page.getByRole("tab", { name: "Home" }).click();
  const home = w.region("The app's home page");
  await w.sees(home.getByText("Who may approve"));
  await reads(w, home, ["Root protection is ON", "Request…", "My requests", "G-0002", "G-0001", "Who may approve", "How to ask"], "the home page");
  await namesSay(w, home, "the home page", ["request"]);
}

export async function reader_meets_the_form_in_its_order(t) {
  const { w } = await t.playground();
  await w.as("Ana", "/reguard lift");
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  await reads(w, form, ["heading", "AWS account", "Task", "For how long", "Ticket", "Reason", "Root mailbox", "Cancel", "Ask"], "the form");
}

// Whoever does not look hears each new message once, the private ones as private.
export async function reader_hears_new_messages(t) {
  const { sandbox, w } = await t.playground();
  const heard = (words) => w.until((wanted) => document.querySelector("#announcer[aria-live=polite]").textContent.includes(wanted), words);
  await sandbox.lift({ until: "waiting" });
  await heard("reguard: ");
  await w.as("Ana", "/reguard whoami");
  await heard("Only you can see this: You are ");
}
