// SPDX-License-Identifier: Apache-2.0
// Each switch for faults does what it says.
import { check } from "./sandbox.mjs";

const PUT = "stax.put_guardrails";
const puts = async (sandbox) => (await sandbox.get("requests")).filter((r) => r.operation === PUT);
const armed = (w, what) => w.region("Make something go wrong").getByText(`Armed, one after the other: ${what}.`);

// What is still to come above the switches would move them away from under the mouse.
async function waitingCase(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "waiting" });
  await w.sees(w.card(name));
  await w.sees(w.region("Open cases").getByText(name));
  await w.sees(w.page.getByText(/^Step 3 of 6:/));
  return { sandbox, w, name };
}

const approve = (sandbox, name) => sandbox.post("click", { person: "ben", action: "approve", case: name });
const restore = (sandbox) => sandbox.post("command", { person: "ana", text: "done" });

export async function fault_next_change_fails_once(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await w.button("Fails (500)").click();
  await w.sees(armed(w, "fails (500)"));
  await approve(sandbox, name);
  await sandbox.caseIs(name, "lifted");
  const statuses = (await puts(sandbox)).map((r) => r.status);
  check(statuses[0] === 500 && statuses.length >= 2, `changes were answered with ${statuses}`);
  await w.sees(w.page.getByText("Nothing is armed.", { exact: true }));
  await w.sees(w.region("Requests, newest first").getByText("500", { exact: true }));
}

export async function fault_next_change_is_busy_once(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await w.button("Busy (409)").click();
  await w.sees(armed(w, "busy (409)"));
  await approve(sandbox, name);
  await sandbox.caseIs(name, "lifted");
  check((await puts(sandbox))[0].status === 409, "the first change was refused with 409");
}

export async function fault_next_change_is_slow(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await w.button("Slow (8 s)").click();
  await w.sees(armed(w, "slow"));
  await approve(sandbox, name);
  await sandbox.caseIs(name, "lifting");
  await w.sees(w.card(name).filter({ hasText: "Approved, switching root protection OFF" }));
  await sandbox.caseIs(name, "lifted");
}

export async function fault_clear_disarms(t) {
  const { sandbox, w } = await t.playground();
  await w.button("Busy (409)").click();
  await w.button("Fails (500)").click();
  await w.sees(armed(w, "busy (409), fails (500)"));
  await w.button("Clear").click();
  await w.sees(w.page.getByText("Nothing is armed.", { exact: true }));
  check((await sandbox.state()).faults === 0, "no fault is armed in the sandbox");
}

export async function fault_tasks_fail_then_work(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await w.page.getByRole("radio", { name: "fail", exact: true }).check();
  await sandbox.until((s) => s.stax.next_task === "fail", "tasks fail");
  await approve(sandbox, name);
  await w.sees(w.region("Tasks in Stax").getByText("FAILED", { exact: true }));
  await w.page.getByRole("radio", { name: "work", exact: true }).check();
  await sandbox.until((s) => s.stax.next_task === "normal", "tasks work");
  await sandbox.caseIs(name, "failed");
  await w.sees(w.posts("the Stax task failed"));
  const second = await sandbox.lift();
  await w.sees(w.card(second).filter({ hasText: "protection OFF until" }));
  await w.sees(w.region("Tasks in Stax").getByText("SUCCEEDED", { exact: true }));
}

export async function fault_task_gets_stuck_and_is_released(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await w.page.getByRole("radio", { name: "get stuck" }).check();
  await sandbox.until((s) => s.stax.next_task === "stuck", "tasks get stuck");
  await approve(sandbox, name);
  await w.sees(w.region("Tasks in Stax").getByText("stuck until released"));
  await sandbox.caseIs(name, "lifting");
  await w.page.getByRole("radio", { name: "work", exact: true }).check();
  await w.button("Release the stuck task").click();
  await sandbox.caseIs(name, "lifted");
  await w.until(() => document.querySelector("#task-release").getAttribute("aria-disabled") === "true");
}

export async function fault_console_lifts_and_restores(t) {
  const { sandbox, w } = await t.playground();
  await w.button("Switch it off").click();
  await w.guardrail("OFF");
  await w.sees(w.page.getByRole("button", { name: "Restore now" }));
  await w.button("Switch it on").click();
  await w.guardrail("ON");
  await w.misses(w.page.getByRole("button", { name: "Restore now" }));
  await sandbox.until(async () => (await sandbox.cards()).every((m) => m.state === "restored"), "the alarm ends");
}

export async function fault_slack_goes_and_returns(t) {
  const { sandbox, w, name } = await waitingCase(t);
  const down = w.page.getByRole("switch", { name: "Slack is down" });
  await approve(sandbox, name);
  await sandbox.caseIs(name, "lifted");
  await down.click();
  await w.sees(w.page.getByText("Bot: running, not connected to Slack"));
  check((await down.getAttribute("aria-checked")) === "true", "the switch shows the outage");
  await w.button("Switch it on").click();
  await down.click();
  await w.sees(w.page.getByText("Bot: running", { exact: true }));
  await sandbox.caseIs(name, "restored");
}

export async function fault_role_is_taken_and_given(t) {
  const { sandbox, w, name } = await waitingCase(t);
  const admin = w.page.getByRole("switch", { name: "Ben is an Admin" });
  await admin.click();
  await w.sees(w.page.getByRole("radio", { name: "Ben no Admin any more" }));
  await w.become("Ben");
  await w.send(`/reguard approve ${name}`);
  await w.sees(w.privately(/Admin/));
  check((await puts(sandbox)).length === 0, "nothing was changed in Stax");
  await sandbox.caseIs(name, "waiting");
  await admin.click();
  await w.sees(w.page.getByRole("radio", { name: "Ben Admin", exact: true }));
  await w.send(`/reguard approve ${name}`);
  await sandbox.caseIs(name, "lifted");
}

export async function fault_bot_is_killed_and_started(t) {
  const { sandbox, w, name } = await waitingCase(t);
  await approve(sandbox, name);
  await sandbox.caseIs(name, "lifted");
  await w.button("Kill it (kill -9)").click();
  await w.sees(w.page.getByText("Bot: killed (kill -9)"));
  await w.as("Ana", "/reguard status");
  await w.sees(w.page.getByText(/did not work: No socket is open|got no answer. The bot is not connected/));
  w.expected.push(/Failed to load resource/);
  await w.button("Start it").click();
  await w.sees(w.page.getByText("Bot: running", { exact: true }));
  await restore(sandbox);
  await sandbox.caseIs(name, "restored");
  await w.verificationIsGreen();
}

// The light is not painted green: a record that was changed behind the bot's back turns it.
export async function verification_light_turns_when_a_record_is_changed(t) {
  const { sandbox, w } = await waitingCase(t);
  await w.verificationIsGreen();
  await w.button("Kill it (kill -9)").click();
  await w.sees(w.page.getByText("Bot: killed (kill -9)"));
  sandbox.forge();
  await w.sees(w.region("Audit chain").getByText(/^NOT whole: /));
}

export async function fault_host_gone_for_good_and_the_room_speaks_up(t) {
  const { sandbox, w } = await t.playground();
  const name = await sandbox.lift({ until: "lifted" });
  await w.sees(w.card(name));
  await w.sees(w.region("Make something go wrong").getByText(/stand in the chats; the next in/));
  await w.button("Kill it (kill -9)").click();
  await w.button("Let the next one's time come").click();
  await w.sees(w.page.getByText("I am silent, and root protection may still be OFF").first());
}
