// SPDX-License-Identifier: Apache-2.0
// Behind the scenes: root protection as Stax reports it, cases, tasks, requests, the audit chain, the bot's log.
import { byId, clock, el, setLight, shape } from "./dom.js";
import { known, on } from "./live.js";

const ROOT_KEY = "IAM_BLOCK_ROOT_USER_ACCESS";
const LINES_MOST = 150;

// Redraws only when what is shown has changed.
const last = new Map();
function once(id, value, drawIt) {
  const key = JSON.stringify(value);
  if (last.get(id) === key) return;
  last.set(id, key);
  byId(id).replaceChildren(...[drawIt()].flat());
}

// ---- root protection ----

function guardrailWords(stax) {
  if (stax.status === "ERROR" || !(ROOT_KEY in stax.guardrails)) return ["unknown", "UNKNOWN", "Stax does not say. That never counts as on."];
  return stax.root ? ["on", "ON", "The root users of all member accounts are blocked."] : ["off", "OFF", "Every member account's root user can act."];
}

function showGuardrail(stax) {
  const [kind, word, sentence] = guardrailWords(stax);
  setLight("badge", kind, `Root protection ${word}`);
  once("guardrail", [kind, stax.status], () => [
    el("div", { class: `big ${kind}` }, shape(kind), el("span", { class: "big-word" }, word)),
    el("p", {}, sentence),
    el("p", { class: "quiet" }, "Block non-centralized root user access · ", el("code", {}, ROOT_KEY), ` · Stax's status: ${stax.status}`),
  ]);
  document.body.dataset.guardrail = kind;
}

function showFlags(stax) {
  const flags = Object.entries(stax.guardrails);
  const on = flags.filter(([, value]) => value).length;
  byId("flags-summary").textContent = `Show all ${flags.length}: ${on} on, ${flags.length - on} off`;
  once("flags", flags, () =>
    flags.map(([key, value]) =>
      el("li", { class: `${value ? "on" : "off"}${key === ROOT_KEY ? " marked" : ""}` }, shape(value ? "good" : "bad"), el("code", {}, key), el("span", { class: "state" }, value ? "on" : "off"), key === ROOT_KEY && el("span", { class: "mark" }, "this one")),
    ),
  );
}

function showTasks(stax) {
  if (stax.tasks.length === 0) return;
  once("tasks", stax.tasks, () =>
    el("ol", { class: "plain" }, stax.tasks.map((t) => el("li", {}, el("strong", {}, t.status), " ", el("code", {}, t.id.slice(0, 8)), t.stuck && t.status !== "SUCCEEDED" ? " stuck until released" : ""))),
  );
}

function showBot(state) {
  const bot = state.bot;
  if (!bot) return setLight("bot-light", "unknown", "Bot: started elsewhere");
  if (!bot.running) return setLight("bot-light", "bad", `Bot: ${bot.ended || "not running"}`);
  return setLight("bot-light", state.slack.connections > 0 ? "good" : "unknown", state.slack.connections > 0 ? "Bot: running" : "Bot: running, not connected to Slack");
}

// ---- cases, with their time ----

function left(deadline) {
  const seconds = Math.round((new Date(deadline).getTime() - Date.now()) / 1000);
  const text = `${Math.floor(Math.abs(seconds) / 60)}:${String(Math.abs(seconds) % 60).padStart(2, "0")}`;
  return seconds > 0 ? `${text} left` : `${text} over time`;
}

function showCases() {
  const cases = known.audit.status?.cases ?? [];
  const rows = cases.map((c) => ({ ...c, time: c.deadline ? left(c.deadline) : "" }));
  once("cases", rows, () =>
    rows.length === 0
      ? el("p", { class: "quiet" }, "None. The bot looks at root protection all the same.")
      : el("ul", { class: "plain cases" }, rows.map((c) => el("li", { class: c.overdue ? "overdue" : "" }, el("strong", {}, c.id), ` ${c.overdue ? "OVERDUE, " : ""}${c.state}`, ` · account ${c.account}`, c.time && " · ", el("span", { class: "time" }, c.time)))),
  );
}

// ---- requests ----

const LOOKS = ["stax.get_guardrails", "matrix.sync", "aws.sqs.ReceiveMessage"];
const isLook = (r) => LOOKS.includes(r.operation) && r.status === 200;

// Repeats of the same line are one line with a count.
function grouped(requests) {
  const out = [];
  for (const r of requests) {
    const before = out[out.length - 1];
    if (before && before.operation === r.operation && before.status === r.status && before.note === r.note) {
      before.times++;
      before.at_ms = r.at_ms;
    } else out.push({ ...r, times: 1 });
  }
  return out;
}

// Long ids by their beginning.
const short = (note) => note.replace(/\$([\w-]{6})[\w-]{20,}/g, "$$$1…");

function requestNode(r) {
  const [side, ...rest] = r.operation.split(".");
  const bad = r.status === 0 || r.status >= 400;
  return el(
    "li",
    { class: bad ? "bad" : "" },
    el("time", {}, clock(r.at_ms)),
    el("span", { class: `side ${side}` }, { slack: "Slack", matrix: "Matrix", stax: "Stax", cognito: "AWS sign-in", aws: "AWS" }[side] ?? side),
    el("code", {}, rest.join(".")),
    el("span", { class: "status" }, r.status === 0 ? "answer lost" : String(r.status)),
    r.times > 1 && el("span", { class: "times" }, `×${r.times}`),
    r.note && el("span", { class: "noted", title: r.note }, short(r.note)),
  );
}

let requestsDue = 0;
function showRequests() {
  requestsDue = 0;
  const wanted = byId("requests-reads").checked ? known.requests : known.requests.filter((r) => !isLook(r));
  const lines = grouped(wanted).slice(-LINES_MOST).reverse();
  byId("requests").replaceChildren(...lines.map(requestNode));
}

// Four times a second is enough for eyes.
function requestsSoon() {
  if (!requestsDue) requestsDue = setTimeout(showRequests, 250);
}

// ---- audit ----

function recordNode(r) {
  const actor = r.actor?.name || r.actor?.stax || r.actor?.id || "";
  return el(
    "li",
    {},
    el("details", {},
      el("summary", {}, el("span", { class: "seq" }, `#${r.seq}`), " ", el("strong", {}, r.kind.replaceAll("_", " ")), r.case && ` · ${r.case}`, actor && ` · ${actor}`, " ", el("code", { class: "hash" }, r.hash.slice(0, 8))),
      el("p", { class: "quiet" }, `${r.at} · follows `, el("code", {}, r.prev.slice(0, 8)), " · hash ", el("code", {}, r.hash)),
      el("code", { class: "block" }, JSON.stringify(r.data, null, 1)),
    ),
  );
}

const recordNodes = new Map();
function showAudit(audit) {
  setLight("audit-light", audit.verified ? "good" : "bad", audit.verified ? `Whole: ${audit.says.replace(/:.*/, "")}` : `NOT whole: ${audit.says}`);
  byId("audit-light").title = audit.says;
  const list = byId("records");
  for (const r of audit.records) {
    if (recordNodes.has(r.seq)) continue;
    const node = recordNode(r);
    recordNodes.set(r.seq, node);
    list.prepend(node);
  }
  while (list.childElementCount > LINES_MOST) list.lastElementChild.remove();
  showCases();
}

// ---- log ----

function showLog(lines) {
  const scroller = byId("log-scroll");
  const stay = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  const list = byId("log");
  list.append(...lines.slice(-LINES_MOST).map((text) => el("li", { class: / error /.test(text) ? "bad" : / warn /.test(text) ? "warn" : "" }, text.replace(/^\d{4}-\d\d-\d\dT/, ""))));
  while (list.childElementCount > LINES_MOST) list.firstElementChild.remove();
  if (stay) scroller.scrollTop = scroller.scrollHeight;
}

export function startInside() {
  on("state", (state) => {
    showGuardrail(state.stax);
    showFlags(state.stax);
    showTasks(state.stax);
    showBot(state);
  });
  on("requests", requestsSoon);
  on("audit", showAudit);
  on("log", showLog);
  on("reset", () => {
    recordNodes.clear();
    byId("records").replaceChildren();
    byId("log").replaceChildren();
    showRequests();
  });
  byId("requests-reads").addEventListener("change", showRequests);
  setInterval(showCases, 1000);
}
