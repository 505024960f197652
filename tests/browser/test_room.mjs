// SPDX-License-Identifier: Apache-2.0
// The Matrix room beside the channel: one bot, one set of cases.
import { check } from "./sandbox.mjs";
import { NARROW } from "./window.mjs";

const ASK = "lift bakery for 5m task billing because month end invoices";

const tab = (w, name) => w.page.getByRole("tab", { name });
// No room for the other chat beside it.
const ALONE = { width: 1000, height: 800 };
const panel = (w) => w.page.getByRole("tabpanel");

async function inRoom(t, options) {
  const { sandbox, w } = await t.playground(options);
  await tab(w, /^Matrix room/).click();
  return { sandbox, w };
}

export async function room_case_asked_there_is_approved_by_reaction_and_seen_in_the_channel(t) {
  const { sandbox, w } = await inRoom(t);
  await w.as("Ana", `!reguard ${ASK}`);
  await w.sees(w.card("G-0001"));
  await w.send("!reguard confirm");
  await w.sees(w.button(/^✅, 1: reguard/, w.card("G-0001")));
  await w.become("Ben");
  await w.button(/^✅, 1: reguard/, w.card("G-0001")).click();
  await sandbox.caseIs("G-0001", "lifted");
  await w.sees(w.card("G-0001").filter({ hasText: "protection OFF until" }));
  await w.sees(w.button("✅, 1: Ben. Take yours back", w.card("G-0001")));
  await tab(w, "# root-ops").click();
  await w.sees(w.card("G-0001").getByText(/Ben .*reaction/));
  await w.send("/reguard done");
  await tab(w, /^Matrix room/).click();
  await w.sees(w.card("G-0001").filter({ hasText: "Restored" }));
}

export async function room_shows_a_case_of_the_channel_and_counts_what_was_not_seen(t) {
  const { sandbox, w } = await t.playground({ viewport: ALONE });
  await sandbox.lift({ until: "waiting" });
  await w.sees(tab(w, /^Matrix room [1-9]/));
  await tab(w, /^Matrix room/).click();
  await w.sees(w.card("G-0001"));
  await w.sees(w.page.getByRole("tab", { name: "Matrix room", exact: true }));
  await w.as("Ben", "!reguard approve G-0001");
  await sandbox.caseIs("G-0001", "lifted");
}

export async function room_answers_one_person_in_the_thread(t) {
  const { w } = await inRoom(t);
  await w.as("Dan", "@reguard whoami");
  const asked = w.posts("whoami", "Dan");
  await asked.getByText("1 reply").click();
  await w.sees(asked.getByRole("listitem").getByText(/dan@example\.com/));
  await asked.getByLabel("Reply in this thread").fill("@reguard status");
  await w.button("Reply", asked).click();
  await w.sees(asked.getByText("3 replies"));
  await w.sees(asked.getByRole("listitem").last().getByText(/\bon\b/i));
}

export async function room_refuses_outsiders_and_slash_commands(t) {
  const { w } = await inRoom(t);
  await w.as("Ana", "/reguard status");
  await w.sees(w.page.getByText("A Matrix room has no slash commands"));
  check((await w.page.getByLabel(/^Message or command/).inputValue()) === "/reguard status", "what was typed is still there");
  w.expected.push(/403/);
  await w.as("Eve", "!reguard status");
  await w.sees(w.page.getByText("That person is not in the room."));
  await w.misses(panel(w).getByRole("article"));
}

export async function room_shows_edits_reactions_and_redactions(t) {
  const { sandbox, w } = await inRoom(t);
  const { event_id: event } = await sandbox.post("matrix/say", { person: "ana", text: "good morning" });
  await w.sees(w.posts("good morning", "Ana"));
  await sandbox.post("matrix/say", { person: "ana", text: "good evening", edit_of: event });
  await w.sees(w.posts("good evening", "Ana").getByText("(edited)"));
  await w.become("Ben");
  await w.button("React with ✅", w.posts("good evening", "Ana")).click();
  await w.button("✅, 1: Ben. Take yours back").click();
  await w.sees(w.button("React with ✅"));
  await sandbox.post("matrix/react", { person: "cleo", event, key: "🦄" });
  await w.sees(w.button("🦄, 1: Cleo. Add yours"));
  await sandbox.post("matrix/redact", { person: "ana", event });
  await w.sees(panel(w).getByText("(deleted)"));
  check((await panel(w).getByRole("article").count()) === 1, "an edit is no message of its own");
}

export async function room_hostile_html_is_shown_and_does_nothing(t) {
  const { sandbox, w } = await inRoom(t);
  const html = `<b onclick="alert(1)">bold</b> <img src="http://203.0.113.7/x.png" onerror="alert(2)"> <script>alert(3)</script><svg onload="alert(4)"></svg>
    <a href="javascript:alert(5)">press me</a> <iframe src="//evil.example"></iframe><form action="//evil.example"><input name="q"></form>
    <style>* { display: none }</style> <h1>LOUD</h1> ${"<blockquote>".repeat(300)}deep`;
  await sandbox.post("matrix/say", { person: "gil", text: "plain", html });
  w.expected.push(/Executing inline event handler|Applying inline style/); // parsing them is enough for the policy to refuse them
  await w.sees(panel(w).getByText("press me (javascript:alert(5))"));
  await w.sees(panel(w).getByText("deep"));
  const found = await w.page.evaluate(() => {
    const shown = document.querySelector("#messages .formatted");
    const elements = [...shown.querySelectorAll("*")];
    return { bad: elements.filter((e) => /^(SCRIPT|IMG|SVG|IFRAME|FORM|INPUT|STYLE|A)$/i.test(e.tagName)).length, attributes: elements.flatMap((e) => e.getAttributeNames()).filter((n) => n !== "class").length };
  });
  check(found.bad === 0 && found.attributes === 0, `something came of it: ${JSON.stringify(found)}`);
}

export async function room_goes_down_and_learns_everything_when_it_is_back(t) {
  const { sandbox, w } = await t.playground();
  const down = w.page.getByRole("switch", { name: "Matrix is down" });
  await down.click();
  await w.sees(w.page.getByRole("switch", { name: "Matrix is down", checked: true }));
  await sandbox.lift();
  await tab(w, /^Matrix room/).click();
  check((await panel(w).getByRole("article").count()) === 0, "nothing is heard in the room");
  await down.click();
  await w.sees(w.posts(/Root protection OFF until/).first());
}

export async function room_is_reached_by_arrow_keys(t) {
  const { w } = await t.playground({ viewport: NARROW });
  await tab(w, "# root-ops").focus();
  await w.page.keyboard.press("ArrowLeft");
  await w.sees(w.page.getByRole("tab", { name: "Home", selected: true }));
  await w.page.keyboard.press("ArrowLeft");
  await w.sees(w.page.getByRole("tab", { name: /^Matrix room/, selected: true }));
  await w.sees(w.page.getByRole("tabpanel", { name: /^Matrix room/ }));
  for (const _ of ["Home", "# root-ops"]) await w.page.keyboard.press("ArrowRight");
  await w.sees(w.page.getByRole("tab", { name: "# root-ops", selected: true }));
  const over = await w.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(over <= 0, `the tabs stick out by ${over} pixels`);
}

export async function room_pictures(t) {
  const { sandbox, w } = await inRoom(t);
  await sandbox.lift();
  await w.sees(w.card("G-0001").filter({ hasText: "protection OFF until" }));
  await w.shot("room-lifted");
}
