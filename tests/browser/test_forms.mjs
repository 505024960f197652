// SPDX-License-Identifier: Apache-2.0
// The form that an unfinished wish opens, and the question of the Approve button.
import { check } from "./sandbox.mjs";
import { tabTo } from "./keys.mjs";

export async function form_of_an_unfinished_lift_is_filled_by_keyboard(t) {
  const { sandbox, w } = await t.playground();
  await w.page.getByLabel(/^Message or command/).focus();
  await w.page.keyboard.type("/reguard lift bakery");
  await w.page.keyboard.press("Enter");
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  check((await form.getByLabel("AWS account").inputValue()).includes("bakery"), "the form has what was typed");
  await form.getByLabel("Reason").focus();
  await w.page.keyboard.type("month end invoices");
  await tabTo(w, /^Cancel$/);
  await tabTo(w, /^AWS account/);
  await tabTo(w, /^Task/);
  await w.page.keyboard.press("ArrowDown");
  await w.sees(form.getByText("How it is done"));
  check((await form.getByLabel("Reason").inputValue()) === "month end invoices", "what was typed is still there");
  await tabTo(w, /^Ask$/);
  await w.page.keyboard.press("Enter");
  await w.sees(form.getByText(/G-0001 created/));
  await tabTo(w, /^Close$/);
  await w.page.keyboard.press("Enter");
  await w.misses(form);
  await sandbox.caseIs("G-0001", "waiting");
  await w.sees(w.card("G-0001").getByText("month end invoices"));
}

export async function form_says_what_is_wrong_at_its_field(t) {
  const { sandbox, w } = await t.playground();
  await w.as("Ana", "/reguard lift bakery");
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  await form.getByLabel("AWS account").fill("");
  await form.getByLabel("Reason").fill("month end");
  await w.button("Ask", form).click();
  await w.until(() => document.activeElement.getAttribute("aria-invalid") === "true");
  const told = await w.page.evaluate(() => document.activeElement.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent).join(" "));
  check(/\w{4}/.test(told), "the field is described by what is wrong");
  await w.page.keyboard.press("Escape");
  await w.misses(form);
  check((await sandbox.cards()).length === 0, "no case was opened");
}

export async function form_of_somebody_else_is_not_yours(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.post("command", { person: "ben", text: "lift bakery" });
  await w.sees(w.card("").or(w.page.getByText("Nothing has been said yet.")));
  check(!(await w.page.getByRole("dialog").isVisible()), "Ana sees no form of Ben's");
  await w.become("Ben");
  await w.sees(w.page.getByRole("dialog"));
}

export async function confirm_dialog_of_approve_names_reach_and_can_be_left(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ben");
  const approve = w.button("Approve…", w.card(name));
  await approve.click();
  const dialog = w.page.getByRole("dialog");
  await w.sees(dialog.getByText(/bakery/));
  await w.sees(dialog.getByText(/55/));
  await w.page.keyboard.press("Escape");
  await w.misses(dialog);
  await sandbox.caseIs(name, "waiting");
  await approve.click();
  await w.button("Cancel", dialog).click();
  await w.misses(dialog);
  await sandbox.caseIs(name, "waiting");
  await approve.click();
  await w.button("Approve", dialog).click();
  await sandbox.caseIs(name, "lifted");
}

export async function menu_of_the_card_withdraws_once_it_was_asked_again(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ana");
  const menu = w.card(name).getByLabel("More actions");
  const choice = w.button("Withdraw", w.card(name));
  const dialog = w.page.getByRole("dialog");
  await w.sees(menu);
  check(!(await choice.isVisible()), "the menu is closed");
  await menu.click();
  await choice.click();
  await w.sees(dialog.getByText(`Withdraw ${name}?`));
  await w.button("Cancel", dialog).click();
  await sandbox.caseIs(name, "waiting");
  await menu.focus();
  await w.page.keyboard.press("Enter");
  await w.page.keyboard.press("Tab");
  await w.page.keyboard.press("Enter");
  await w.button("Withdraw", dialog).click();
  await sandbox.caseIs(name, "withdrawn");
}

// Somebody is about to press what is in it.
export async function menu_stays_open_while_the_card_is_redrawn(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ana");
  await w.card(name).getByLabel("More actions").click();
  await w.sees(w.button("Withdraw", w.card(name)));
  await sandbox.post("react", { person: "dan", case: name, reaction: "eyes" });
  await w.sees(w.card(name).getByText("👀"));
  check(await w.button("Withdraw", w.card(name)).isVisible(), "the menu is still open");
}

export async function form_extends_a_window_and_asks_for_another_admin(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift();
  await w.become("Ana");
  await w.button("Extend…", w.card(name)).click();
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  await form.getByLabel("Reason").fill("one more invoice");
  await form.getByLabel(/^For how long|^Or another length/).and(form.locator("input")).fill("2m");
  await w.button("Ask", form).click();
  await w.button("Close", form).click();
  await w.misses(form);
  await w.sees(w.posts("one more invoice").last().getByRole("button", { name: /Approve/ }));
}

export async function form_thinks_along(t) {
  const { sandbox, w } = await t.playground();
  await w.as("Ana", "/reguard lift bakery");
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  const account = form.getByLabel("AWS account");
  await account.fill("brew");
  await w.until(() => [...document.querySelectorAll("#form datalist option")].some((o) => o.value.includes("brewery")));
  await form.getByLabel(/^Task/).selectOption("email");
  await w.sees(form.getByText("No window needed:"));
  await form.getByLabel("Reason").fill("the address is a leaver's");
  await w.button("Ask", form).click();
  await w.sees(form.getByText(/Tick .Ask anyway/));
  check((await form.getByLabel("Reason").inputValue()) === "the address is a leaver's", "nothing is typed twice");
  await form.getByLabel("Ask anyway").check();
  await w.button("Ask", form).click();
  await w.sees(form.getByText(/G-0001 created/));
  await w.button("Close", form).click();
  await sandbox.caseIs("G-0001", "waiting");
  await w.sees(w.card("G-0001").getByText(/brewery/).first());
}

export async function form_has_a_task_done_without_a_window(t) {
  const { sandbox, w } = await t.playground();
  await w.button("Lock a bucket", w.region("Make something go wrong")).click();
  await w.as("Ana", "/reguard lift bakery");
  const form = w.page.getByRole("dialog");
  await w.sees(form);
  await form.getByLabel(/^Task/).selectOption("s3-lockout");
  await w.sees(form.getByText("No window needed:"));
  await form.getByLabel("S3 bucket").fill("crumb-logs");
  await form.getByLabel("Reason").fill("its policy denies everybody");
  await w.button("Do it without lifting", form).click();
  await sandbox.caseIs("G-0001", "waiting");
  await w.sees(w.card("G-0001").getByText(/s3:\*/).first());
}

export async function home_and_cockpit_show_what_can_be_pressed(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.become("Ben");
  await w.page.getByRole("tab", { name: "Home" }).focus();
  await w.page.keyboard.press("Enter");
  const home = w.region("The app's home page");
  await w.sees(home.getByText("Root protection is ON"));
  await w.button("Approve…", home).click();
  await w.button("Approve", w.page.getByRole("dialog")).click();
  await sandbox.caseIs(name, "lifted");
  await w.sees(w.button("I'm done, restore", home));
  await w.become("Dan");
  await w.page.getByRole("tab", { name: "# root-ops" }).click();
  await w.as("Cleo", "/reguard");
  await w.button("I'm done, restore", w.privately()).click();
  await sandbox.caseIs(name, "restored");
}
