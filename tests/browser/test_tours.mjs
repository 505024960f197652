// SPDX-License-Identifier: Apache-2.0
// The tours, by their buttons and by hand.
import { check } from "./sandbox.mjs";

const FIRST_BUTTONS = ["Ana asks", "Ana confirms the mailbox", "Ben approves", "I have looked", "I have seen enough", "Cleo restores"];
const BREAKING_BUTTONS = [
  "Ana asks and confirms", "Dan tries to approve", "Ben approves while Stax is busy", "Kill the bot", "Start the bot",
  "Switch it on in the console", "Switch it off in the console", "Ana restores it", "Slack goes down", "Slack returns",
];

const stepIs = (w, step, of) => w.sees(w.page.getByText(new RegExp(`^Step ${step} of ${of}:`)));

async function isProvedOn(sandbox, w, name) {
  await sandbox.caseIs(name, "restored");
  await w.guardrail("ON");
  await w.verificationIsGreen();
  check((await sandbox.state()).stax.root === true, "Stax says that the guardrail is on");
}

export async function tour_first_case_by_its_six_buttons(t) {
  const { sandbox, w } = await t.playground();
  const tour = w.region("Guided first case");
  for (const [i, name] of FIRST_BUTTONS.entries()) {
    await stepIs(w, i + 1, FIRST_BUTTONS.length);
    await w.button(name, tour).click();
  }
  await w.sees(tour.getByText("That was a whole case"));
  await isProvedOn(sandbox, w, "G-0001");
  await w.sees(w.posts("Root protection is OFF"));
  await w.sees(w.posts("root protection is still OFF"));
  await w.sees(w.region("Open cases").getByText(/^None\./));
}

export async function tour_first_case_by_hand(t) {
  const { sandbox, w } = await t.playground();
  await w.as("Ana", "/reguard lift bakery for 8s task billing because month end invoices");
  await stepIs(w, 2, 6);
  await w.button("I can read that mailbox", w.card("G-0001")).click();
  await stepIs(w, 3, 6);
  await w.become("Ben");
  await w.button("Approve…", w.card("G-0001")).click();
  await w.button("Approve", w.page.getByRole("dialog")).click();
  await stepIs(w, 4, 6);
  await w.guardrail("OFF");
  await w.button("I have looked").click();
  await stepIs(w, 5, 6);
  await w.button("I have seen enough").click();
  await stepIs(w, 6, 6);
  await w.become("Cleo");
  await w.button("Restore now", w.card("G-0001")).click();
  await w.sees(w.page.getByText("That was a whole case"));
  await isProvedOn(sandbox, w, "G-0001");
}

export async function tour_breaking_by_its_buttons(t) {
  const { sandbox, w } = await t.playground();
  await w.page.getByText("All steps", { exact: true }).click();
  await w.button("Go to: What happens when things break").click();
  const tour = w.region("What happens when things break");
  for (const [i, name] of BREAKING_BUTTONS.entries()) {
    await stepIs(w, i + 1, BREAKING_BUTTONS.length);
    await w.button(name, tour).click();
  }
  await w.sees(tour.getByText("Nothing was lost"));
  await isProvedOn(sandbox, w, "G-0001");
  await tour.getByRole("button", { name: "Guided first case", exact: true }).click();
  await stepIs(w, 1, 6);
}

const UNOPENED_BUTTONS = ["Lock the bucket", "Ana asks", "Ben approves", "I have looked", "Somebody signs in as root"];

// A bucket is freed and root is used in another account; root protection is ON all the time.
export async function tour_unopened_by_its_buttons(t) {
  const { sandbox, w } = await t.playground();
  await w.page.getByText("All steps", { exact: true }).click();
  await w.button("Go to: Without opening anything").click();
  const tour = w.region("Without opening anything");
  for (const [i, name] of UNOPENED_BUTTONS.entries()) {
    await stepIs(w, i + 1, UNOPENED_BUTTONS.length);
    await w.button(name, tour).click();
  }
  await w.sees(tour.getByText("A bucket is free again"));
  await w.sees(w.posts("Verified: the policy of “crumb-logs” in bakery"));
  await w.sees(w.posts("Root was used in 2000000000"));
  await sandbox.caseIs("G-0001", "ran");
  await w.guardrail("ON");
  await w.verificationIsGreen();
  const { aws, stax } = await sandbox.state();
  check(stax.root === true && !Object.values(aws.buckets).some((b) => b.policy), "the bucket is free, and the guardrail is on");
  check((await sandbox.get("requests")).every((r) => r.operation !== "stax.put_guardrails"), "nothing was changed in Stax");
  await tour.getByRole("button", { name: "What happens when things break", exact: true }).click();
  await stepIs(w, 1, 10);
}

// As often as one likes: each time in another account.
export async function tour_unopened_by_hand(t) {
  const { sandbox, w } = await t.playground();
  await w.page.getByText("All steps", { exact: true }).click();
  await w.button("Go to: Without opening anything").click();
  const room = w.region("Make something go wrong");
  await w.button("Lock a bucket", room).click();
  await stepIs(w, 2, 5);
  await w.until(() => document.querySelector("#aws-lock").getAttribute("aria-disabled") === "true");
  await w.as("Ana", "/reguard run s3-lockout bakery crumb-logs because its policy denies everybody");
  await stepIs(w, 3, 5);
  await w.become("Ben");
  await w.button("Approve…", w.card("G-0001")).click();
  await w.button("Approve", w.page.getByRole("dialog")).click();
  await stepIs(w, 4, 5);
  await w.button("I have looked").click();
  await stepIs(w, 5, 5);
  for (const count of [1, 2]) {
    await w.button("Sign in as a root user", room).click();
    await sandbox.until(async () => (await sandbox.channel()).filter((m) => /Root was used in/.test(m.text)).length >= count, `alarm ${count}`);
  }
  await w.sees(w.page.getByText("A bucket is free again"));
}

// A case that ends in another way, or a page that is opened again, does not leave the guide behind.
export async function tour_can_be_begun_again(t) {
  const { sandbox, w } = await t.playground();
  await w.button("Ana asks").click();
  await stepIs(w, 2, 6);
  await sandbox.post("command", { person: "ana", text: "withdraw G-0001" });
  await sandbox.caseIs("G-0001", "withdrawn");
  await w.sees(w.page.getByText("You withdrew G-0001"));
  await w.button("Start over").click();
  await stepIs(w, 1, 6);
  await w.button("Ana asks").click();
  await stepIs(w, 2, 6);
  await w.page.reload();
  await w.sees(w.card("G-0002"));
  await stepIs(w, 1, 6);
}
