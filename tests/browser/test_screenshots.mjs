// SPDX-License-Identifier: Apache-2.0
// The picture of the playground in the README, and a few more to look at.
import { USUAL } from "./window.mjs";

const PICTURE = { viewport: { width: 1280, height: 860 }, colorScheme: "light" };

export async function screenshots_of_the_guided_case(t) {
  const { w } = await t.playground(PICTURE);
  await w.shot("guided-1-beginning");
  await w.button("Ana asks").click();
  await w.sees(w.card("G-0001").getByRole("button", { name: "Approve…" }));
  await w.shot("guided-2-asked");
  await w.button("Ana confirms the mailbox").click();
  await w.button("Ben approves").click();
  await w.sees(w.button("I have looked"));
  await w.sees(w.posts("Root protection is OFF"));
  await w.shot("guided-lifted");
  await w.button("I have looked").click();
  await w.button("I have seen enough").click();
  await w.sees(w.posts("root protection is still OFF"));
  await w.sees(w.region("Open cases").getByText(/OVERDUE.* over time/));
  await w.shot("readme-overdue");
  await w.button("Cleo restores").click();
  await w.sees(w.page.getByText("That was a whole case"));
  await w.shot("guided-3-restored");
}

export async function screenshots_of_an_alarm(t) {
  const { sandbox, w } = await t.playground({ viewport: USUAL, colorScheme: "dark" });
  await sandbox.post("stax", { guardrail: { key: "IAM_BLOCK_ROOT_USER_ACCESS", value: false, by: "dan" } });
  await w.sees(w.button("Restore now"));
  await w.shot("outside-dark");
}
