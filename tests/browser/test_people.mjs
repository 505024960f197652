// SPDX-License-Identifier: Apache-2.0
// Who you are: what each may do, and who sees the answer.
import { check } from "./sandbox.mjs";

// Presses Approve, is told why not, and nobody else reads it.
async function isRefusedAlone(t, person, others) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become(person);
  const before = await w.privately().count();
  check(before === 0, `${person} was told ${before} things before`);
  await w.button("Approve…", w.card(name)).click();
  await w.button("Approve", w.page.getByRole("dialog")).click();
  await w.sees(w.privately());
  const told = await w.privately().first().locator(".body").textContent();
  for (const other of others) {
    await w.become(other);
    const texts = await w.page.getByRole("article").allTextContents();
    check(!texts.some((text) => text.includes(told)), `${other} can read what ${person} alone was told: ${told}`);
  }
  await sandbox.caseIs(name, "waiting");
  check((await sandbox.state()).stax.root === true, "the guardrail is on");
}

export const person_dan_is_refused_and_told_alone = (t) => isRefusedAlone(t, "Dan", ["Ana", "Ben", "Gil"]);
export const person_gil_is_refused_and_told_alone = (t) => isRefusedAlone(t, "Gil", ["Ana", "Dan", "Eve"]);
export const person_eve_is_refused_and_told_alone = (t) => isRefusedAlone(t, "Eve", ["Ana", "Gil", "Cleo"]);

export async function person_ana_cannot_approve_herself(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.as("Ana", `/reguard approve ${name}`);
  await w.sees(w.privately(/yourself|own|another Admin/i));
  await sandbox.caseIs(name, "waiting");
}

export async function person_marks_count_private_messages_of_others(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.post("command", { person: "ben", text: "whoami" });
  const ben = w.page.getByRole("radio", { name: /^Ben Admin 1 private message not seen/ });
  await w.sees(ben);
  await ben.check();
  await w.sees(w.privately("ben@example.com"));
  await w.sees(w.page.getByRole("radio", { name: "Ben Admin", exact: true }));
}

export async function person_cleo_approves_by_reaction(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Cleo");
  await w.button(/^React with ✅|^✅/, w.card(name)).click();
  await sandbox.caseIs(name, "lifted");
  await w.sees(w.card(name).getByText(/Cleo .*reaction/));
}

export async function person_talks_in_direct_messages(t) {
  const { w } = await t.playground();
  await w.become("Ben");
  await w.page.getByRole("tab", { name: "Direct messages" }).click();
  await w.send("whoami");
  await w.sees(w.page.getByRole("tabpanel", { name: "Direct messages" }).getByText(/ben@example\.com/));
  await w.become("Dan");
  await w.misses(w.page.getByRole("tabpanel").getByText(/ben@example\.com/));
}

export async function person_replies_in_a_thread(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift();
  await w.become("Cleo");
  const thread = w.card(name).getByRole("group").filter({ hasText: /repl/ });
  await thread.getByText(/replies/).first().click();
  await w.card(name).getByLabel("Reply in this thread").fill("@reguard done");
  await w.button("Reply", w.card(name)).click();
  await sandbox.caseIs(name, "restored");
}

// Another page that is open beside this one shows the same.
export async function person_in_a_second_window_sees_the_same(t) {
  const { sandbox, w } = await t.playground();
  const second = await t.window(sandbox);
  await w.as("Ana", "/reguard lift bakery for 5m task billing because month end invoices");
  await second.sees(second.card("G-0001"));
  await second.become("Dan");
  check((await second.privately().count()) === 0, "Dan's window shows nothing that was for Ana");
  await w.sees(w.privately("G-0001 created"));
}
