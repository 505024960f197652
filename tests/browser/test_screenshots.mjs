// The two pictures of the README, and a few more to look at.
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
  await w.sees(w.posts("Root protection is down"));
  await w.shot("readme-lifted");
  await w.button("I have looked").click();
  await w.button("I have seen enough").click();
  await w.sees(w.posts("OVERDUE: root protection is still down"));
  await w.sees(w.region("Open cases").getByText(/OVERDUE.* over time/));
  await w.shot("readme-overdue");
  await w.button("Cleo restores").click();
  await w.sees(w.page.getByText("That was a whole case"));
  await w.shot("guided-3-restored");
}

export async function screenshots_of_an_alarm(t) {
  const { sandbox, w } = await t.playground({ viewport: USUAL, colorScheme: "dark" });
  await sandbox.post("stax", { guardrail: { key: "IAM_BLOCK_ROOT_USER_ACCESS", value: false, by: "dan" } });
  await w.sees(w.button("Put it back"));
  await w.shot("outside-dark");
}
