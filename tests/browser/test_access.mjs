// SPDX-License-Identifier: Apache-2.0
// axe-core's rules, WCAG 2.2 A and AA and its best practices, in each state.
import { check } from "./sandbox.mjs";
import { AXE, LAPTOP, NARROW, USUAL } from "./window.mjs";

async function noViolation(w, when) {
  await w.page.evaluate(AXE);
  const found = await w.page.evaluate(async () => {
    const result = await window.axe.run(document, { preload: false, resultTypes: ["violations"] });
    return result.violations.map((v) => `${v.id} (${v.help}): ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? n.all[0]?.message ?? ""}`).join(" | ")}`);
  });
  check(found.length === 0, `${when}: ${found.join("\n        ")}`);
}

async function eachState(t, options) {
  const { sandbox, w } = await t.playground(options);
  const narrow = options.viewport.width < 860;
  await noViolation(w, "empty");
  const name = await sandbox.lift({ until: "waiting" });
  await sandbox.post("command", { person: "ana", text: "help" });
  await w.sees(w.privately());
  await noViolation(w, "a case that waits");
  await w.become("Ben");
  await w.button("Approve…", w.card(name)).click();
  await w.sees(w.page.getByRole("dialog"));
  await noViolation(w, "the question of a button");
  await w.button("Approve", w.page.getByRole("dialog")).click();
  await sandbox.caseIs(name, "lifted");
  await w.card(name).getByText(/\d+ replies/).click();
  await noViolation(w, "a lifted case with its thread open");
  await w.as("Ana", "/reguard lift");
  await w.sees(w.page.getByRole("dialog"));
  await noViolation(w, "the form");
  await w.button("Ask", w.page.getByRole("dialog")).click();
  await w.until(() => document.activeElement.getAttribute("aria-invalid") === "true");
  await noViolation(w, "the form with its complaints");
  await w.page.getByRole("dialog").getByLabel(/^Task/).selectOption("s3-lockout");
  await w.sees(w.page.getByRole("dialog").getByText("No window needed:"));
  await noViolation(w, "the form with the guide of a task");
  await w.button("Cancel", w.page.getByRole("dialog")).click();
  await w.as("Ana", "/reguard");
  await w.sees(w.privately().getByText("Who may approve").last());
  await noViolation(w, "the cockpit");
  await w.page.getByRole("tab", { name: "Home" }).click();
  await w.sees(w.region("The app's home page").getByText("Who may approve"));
  await noViolation(w, "the home page");
  await w.page.getByRole("tab", { name: "# root-ops" }).click();
  if (narrow) await w.button("Behind the scenes").click();
  await w.region("All guardrails of the organisation").getByText(/^Show/).click();
  await w.button("Busy (409)").click();
  await w.button("Kill it (kill -9)").click();
  await w.sees(w.page.getByText("Bot: killed (kill -9)"));
  await noViolation(w, "behind the scenes, the bot killed");
}

export const access_light = (t) => eachState(t, { viewport: USUAL, colorScheme: "light" });
export const access_dark = (t) => eachState(t, { viewport: USUAL, colorScheme: "dark" });
export const access_laptop_light = (t) => eachState(t, { viewport: LAPTOP, colorScheme: "light" });
export const access_laptop_dark = (t) => eachState(t, { viewport: LAPTOP, colorScheme: "dark" });
export const access_narrow_light = (t) => eachState(t, { viewport: NARROW, colorScheme: "light" });
export const access_narrow_dark = (t) => eachState(t, { viewport: NARROW, colorScheme: "dark" });

export async function access_of_an_overdue_case_and_an_alarm(t) {
  const { sandbox, w } = await t.playground();
  await sandbox.lift({ window: "1s" });
  await w.sees(w.posts("root protection is still OFF"));
  await noViolation(w, "overdue");
  // Where AWS does not tell whether it is clean, people are asked.
  await sandbox.post("aws", { root: { account: "222222222222", deny: "outside" } });
  await sandbox.post("command", { person: "cleo", text: "done" });
  await sandbox.caseIs("G-0001", "restored");
  await w.page.getByRole("tab", { name: "Home" }).click();
  const home = w.region("The app's home page");
  await w.sees(home.getByRole("button", { name: "All cleaned up G-0001" }));
  await noViolation(w, "the home page with what is over");
  await w.become("Gil");
  await w.sees(home.getByText("You cannot use me yet"));
  await noViolation(w, "the home page of somebody who has no access");
  await w.become("Ana");
  await w.page.getByRole("tab", { name: "# root-ops" }).click();
  await sandbox.post("stax", { guardrail: { key: "IAM_BLOCK_ROOT_USER_ACCESS", value: false, by: "dan" } });
  await w.sees(w.button("Restore now"));
  await noViolation(w, "lifted outside");
}
