// SPDX-License-Identifier: Apache-2.0
// Switches for what goes wrong. Each shows how it stands, as the sandbox reports it, so that two open pages agree.
import { announce, button, byId, el } from "./dom.js";
import { call, known, on } from "./live.js";
import { answer } from "./people.js";

const ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS";
const PUT = "stax.put_guardrails";
const SLOW_MS = 8000;

async function act(path, body, said) {
  const result = await call(path, body);
  const text = result.error ? `That did not work: ${result.error}` : said;
  byId("faults-said").textContent = text;
  if (result.error) answer(text, true);
  else announce(text);
  return !result.error;
}

export const arm = {
  fail: () => act("fault", { operation: PUT, kind: "status", status: 500 }, "The next change in Stax will be answered with 500."),
  busy: () => act("fault", { operation: PUT, kind: "status", status: 409 }, "The next change in Stax will be refused: busy (409)."),
  slow: () => act("fault", { operation: PUT, kind: "delay", delay_ms: SLOW_MS }, "The next change in Stax will be answered after 8 seconds."),
  clear: () => act("fault", { clear: true }, "Nothing is armed any more."),
};
// A press counts from the moment it is made: what the sandbox said before does not take it back.
let choosing = 0;
export async function tasks(word) {
  choosing++;
  try {
    return await chooseTasks(word);
  } finally {
    choosing--;
  }
}
const chooseTasks = (word) => act("stax", { task: word }, { normal: "Tasks in Stax work.", fail: "From now on tasks in Stax fail.", stuck: "From now on tasks in Stax get stuck." }[word] ?? "The stuck task goes on.");
export const inConsole = (value) => act("stax", { guardrail: { key: ROOT_KEY, value, by: "dan" } }, value ? "Somebody switched root protection ON in the console." : "Somebody switched root protection OFF in the console.");
export const slackOutage = (outage) => act("slack", { outage }, outage ? "Slack is down. After a minute the bot says so in the Matrix room." : "Slack is back.");
export const matrixOutage = (outage) => act("matrix", { outage }, outage ? "The homeserver is down. After a minute the bot says so in Slack." : "The homeserver is back.");
export const benIsAdmin = (yes) => act("stax", { user: { person: "ben", Role: yes ? "customer_admin" : "customer_user" } }, yes ? "Ben is an Admin again." : "Ben is no Admin any more.");

const REGION = "eu-central-1";
const LOCK = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }] });
export const BUCKET = "crumb-logs";
export const lockBucket = () => act("aws", { bucket: { name: BUCKET, account: "222222222222", region: REGION, policy: LOCK } }, `Nobody gets into the bucket “${BUCKET}” of bakery any more.`);
export const bucketIsLocked = () => Object.values(known.state?.aws.buckets ?? {}).some((b) => b.name === BUCKET && b.policy);

// As EventBridge tells of a sign-in. Each time of another account: of the same one an alarm is raised once in an hour.
const ACCOUNTS = 50;
let signIns = Math.floor(Math.random() * ACCOUNTS);
function signIn() {
  const account = `2000000000${String(1 + (signIns++ % ACCOUNTS)).padStart(2, "0")}`;
  const at = new Date().toISOString().replace(/\.\d+/, "");
  const user = { type: "Root", principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account };
  const detail = {
    eventID: crypto.randomUUID(), eventTime: at, eventName: "ConsoleLogin", eventType: "AwsConsoleSignIn", sourceIPAddress: "203.0.113.5", recipientAccountId: account, userIdentity: user,
    responseElements: { ConsoleLogin: "Success" }, additionalEventData: { MFAUsed: "No" },
  };
  return { id: crypto.randomUUID(), "detail-type": "AWS Console Sign In via CloudTrail", source: "aws.signin", account, time: at, region: "us-east-1", resources: [], detail };
}
export const useRoot = () => act("aws", { event: signIn() }, "Somebody signed in as the root user of another account.");
export const bot = (word) => act("bot", { do: word }, { kill: "The bot was killed.", start: "The bot was started." }[word]);

// What the chats show by themselves when its time comes, the next one first; at: seconds from now, by their clocks.
function standing(state) {
  const now = Date.now() / 1000;
  const of = ({ later, later_ahead_s: ahead }, at) => later.map((m) => at(m) - now - ahead);
  return [...of(state.slack, (m) => m.post_at), ...of(state.matrix, (m) => m.due_ms / 1000)].sort((a, b) => a - b);
}

async function bringOn() {
  const pass = { pass_s: Math.max(0, Math.ceil(standing(known.state)[0])) + 1 };
  await act("matrix", pass, "");
  return act("slack", pass, "The chats' clocks went on: the next message that stood there is shown.");
}

// ---- how it is drawn ----

function row(title, ...controls) {
  return el("div", { class: "fault-row", role: "group", "aria-label": title }, el("span", { class: "fault-title", "aria-hidden": "true" }, title), el("span", { class: "fault-controls" }, controls));
}

function toggle(id, label, flip) {
  return button(label, () => flip(byId(id).getAttribute("aria-checked") !== "true"), { id, role: "switch", "aria-checked": "false", class: "toggle" });
}

function taskChoice() {
  const words = [["normal", "work"], ["fail", "fail"], ["stuck", "get stuck"]];
  return words.map(([word, label]) => el("label", { class: "choice" }, el("input", { type: "radio", name: "task", value: word, id: `task-${word}`, on: { change: () => tasks(word) } }), label));
}

function draw() {
  byId("faults").replaceChildren(
    row("Next change in Stax", button("Fails (500)", arm.fail), button("Busy (409)", arm.busy), button("Slow (8 s)", arm.slow), button("Clear", arm.clear, { id: "faults-clear" })),
    el("p", { class: "quiet", id: "faults-armed" }, "Nothing is armed."),
    row("Tasks in Stax", ...taskChoice(), button("Release the stuck task", () => tasks("release"), { id: "task-release" })),
    row("In the Stax console", button("Switch it off", () => inConsole(false), { id: "console-off" }), button("Switch it on", () => inConsole(true), { id: "console-on" })),
    row("In AWS", button("Lock a bucket", lockBucket, { id: "aws-lock" }), button("Sign in as a root user", useRoot, { id: "aws-root" })),
    row("The chats", toggle("slack-down", "Slack is down", slackOutage), toggle("matrix-down", "Matrix is down", matrixOutage)),
    row("Ben's role", toggle("ben-admin", "Ben is an Admin", benIsAdmin)),
    row("The bot", button("Kill it (kill -9)", () => bot("kill"), { id: "bot-kill", class: "danger" }), button("Start it", () => bot("start"), { id: "bot-start" })),
    row("Messages for later", el("span", { id: "later-text" }), button("Let the next one's time come", bringOn, { id: "later-next" })),
    el("p", { class: "quiet", id: "faults-said", role: "status" }),
  );
}

function armedWords(a) {
  const what = { status: a.status === 409 ? "busy (409)" : `fails (${a.status})`, delay: "slow" }[a.kind] ?? a.kind;
  return a.operation === PUT ? what : `${a.operation} ${what}`;
}

function armedText(armed) {
  if (armed.length === 0) return "Nothing is armed.";
  return `Armed, one after the other: ${armed.map(armedWords).join(", ")}.`;
}

function laterText(later) {
  if (later.length === 0) return "None stands in a chat.";
  return `${later.length} ${later.length === 1 ? "stands" : "stand"} in the chats; the next in ${Math.max(1, Math.round(later[0] / 60))} min.`;
}

// A control that has nothing to do says so, and keeps the focus if it has it.
const enable = (id, yes) => byId(id).setAttribute("aria-disabled", String(!yes));

function show(state) {
  const ben = state.stax.users.find((u) => u.person === "ben");
  byId("slack-down").setAttribute("aria-checked", String(state.slack.outage));
  byId("matrix-down").setAttribute("aria-checked", String(state.matrix.outage));
  byId("ben-admin").setAttribute("aria-checked", String(ben?.Role === "customer_admin"));
  const task = byId(`task-${state.stax.next_task}`);
  if (task && !choosing) task.checked = true;
  const text = armedText(state.armed);
  if (byId("faults-armed").textContent !== text) byId("faults-armed").textContent = text;
  const later = standing(state);
  if (byId("later-text").textContent !== laterText(later)) byId("later-text").textContent = laterText(later);
  enable("later-next", later.length > 0);
  enable("bot-kill", state.bot?.running);
  enable("bot-start", state.bot && !state.bot.running);
  enable("faults-clear", state.armed.length > 0);
  enable("task-release", state.stax.tasks.some((t) => t.stuck && !["SUCCEEDED", "FAILED"].includes(t.status)));
  enable("console-off", state.stax.root);
  enable("console-on", !state.stax.root);
  enable("aws-lock", !bucketIsLocked());
}

export function startFaults() {
  draw();
  byId("faults").addEventListener("click", (e) => {
    if (e.target.closest?.('[aria-disabled="true"]')) e.stopPropagation();
  }, { capture: true });
  on("state", show);
  if (known.state) show(known.state);
}
