// SPDX-License-Identifier: Apache-2.0
// Leads through the steps. A step is done when it has happened, by its button or by hand.
import { button, byId, el } from "./dom.js";
import { cardOf, known, on } from "./live.js";
import { become, onPersonChange } from "./people.js";
import { pointOut, scrollToEnd, showConversation } from "./channel.js";
import { FIRST, PLANS, endedOtherwise } from "./steps.js";

const PATIENCE_MS = 8000; // then a step may be tried again: perhaps it was refused, and the chat says why

let tour = null; // {plan, at, since, case, pressed, …what the steps note}
let shownKey = "";

// Message time stamps are text; what is later than the newest one belongs to this tour.
const newestTs = () => [...known.messages.keys(), ...known.secrets.map((s) => s.message.ts)].reduce((a, b) => (a > b ? a : b), "0");

export function begin(plan) {
  tour = { plan, at: 0, since: newestTs(), case: "", pressed: false };
  shownKey = "";
  refresh();
}

async function press(step) {
  tour.pressed = true;
  tour.pressedAt = performance.now();
  if (step.as) {
    showConversation("channel");
    become(step.as);
  }
  refresh();
  const result = await step.act(tour);
  if (result === false || result?.error) tour.pressed = false;
  refresh();
}

function show(view) {
  document.body.dataset.view = view;
  byId("to-channel").setAttribute("aria-pressed", String(view === "channel"));
  byId("to-inside").setAttribute("aria-pressed", String(view === "inside"));
}

function waitingText(step) {
  if (step.waitFor && !step.waitFor(tour)) return typeof step.waiting === "function" ? step.waiting(tour) : step.waiting;
  if (tour.pressed && performance.now() - tour.pressedAt < PATIENCE_MS) return step.busy ?? "Working…";
  return "";
}

function drawStep(step) {
  const waiting = waitingText(step);
  const at = tour.at;
  byId("tour-progress").textContent = `Step ${at + 1} of ${tour.plan.steps.length}: ${step.name}`;
  byId("tour-step").replaceChildren(el("p", {}, step.text), el("p", { class: "quiet by-hand" }, "By hand: ", step.hand));
  const main = button(waiting || step.button, () => waiting || press(step), { class: "primary", id: "tour-button", "aria-disabled": String(Boolean(waiting)) });
  const look = step.show && button("Show root protection", () => (show("inside"), byId("guardrail-title").scrollIntoView()), { class: "narrow-only" });
  drawButtons(main, look || null);
}

function drawButtons(...nodes) {
  const had = byId("tour-buttons").contains(document.activeElement);
  byId("tour-buttons").replaceChildren(...nodes.filter(Boolean));
  if (had) byId("tour-buttons").firstElementChild?.focus();
}

function drawEndedOtherwise(state) {
  byId("tour-progress").textContent = "Ended in another way";
  byId("tour-step").replaceChildren(el("p", {}, `${tour.case} is ${state}, so the steps have nothing left to work on.`));
  drawButtons(button("Start over", () => begin(tour.plan), { class: "primary", id: "tour-button" }));
}

// The next one first.
function others() {
  const at = PLANS.indexOf(tour.plan);
  return [...PLANS.slice(at + 1), ...PLANS.slice(0, at)];
}

function drawEnd() {
  const [next, ...more] = others();
  byId("tour-progress").textContent = "Done";
  byId("tour-step").replaceChildren(el("p", {}, tour.plan.done));
  drawButtons(button(next.title, () => begin(next), { class: "primary", id: "tour-button" }), ...more.map((p) => button(p.title, () => begin(p))), button("Again", () => begin(tour.plan)));
}

function drawList() {
  byId("tour-title").textContent = tour.plan.title;
  const items = tour.plan.steps.map((s, i) => el("li", { class: i < tour.at ? "done" : "", "aria-current": i === tour.at ? "step" : null }, s.name, i < tour.at ? " ✓" : ""));
  const goTo = others().flatMap((p) => [" ", button(`Go to: ${p.title}`, () => begin(p))]);
  byId("tour-list").replaceChildren(...items, el("li", { class: "switch" }, button("Start over", () => begin(tour.plan)), goTo));
}

function advance() {
  const steps = tour.plan.steps;
  const before = tour.at;
  while (tour.at < steps.length && steps[tour.at].isDone(tour)) {
    tour.at++;
    tour.pressed = false;
  }
  if (tour.at === before) return;
  scrollToEnd();
  if (tour.case) pointOut(cardOf(tour.case)?.ts);
}

function refresh() {
  if (!tour || !known.state) return;
  advance();
  const step = tour.plan.steps[tour.at];
  const ended = step ? endedOtherwise(tour) : "";
  const key = JSON.stringify([tour.plan.title, tour.at, tour.pressed, ended, step ? waitingText(step) : ""]);
  if (key === shownKey) return;
  shownKey = key;
  if (ended) drawEndedOtherwise(ended);
  else if (step) drawStep(step);
  else drawEnd();
  drawList();
}

// A few times a second, however much happens.
let due = 0;
function refreshSoon() {
  due ||= setTimeout(() => {
    due = 0;
    if (tour) refresh();
    else begin(FIRST);
  }, tour ? 120 : 0);
}

export function startTour() {
  byId("to-channel").addEventListener("click", () => show("channel"));
  byId("to-inside").addEventListener("click", () => show("inside"));
  on("anything", refreshSoon);
  onPersonChange(refresh);
  setInterval(refresh, 1000);
}
