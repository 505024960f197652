// SPDX-License-Identifier: Apache-2.0
// The tours as data: what each step is about, its one button, and how the page knows that it has happened, whoever did it.
import { cardOf, cards, hasButton, isOn, known } from "./live.js";
import { click, command } from "./people.js";
import { BUCKET, arm, bot, bucketIsLocked, inConsole, lockBucket, slackOutage, useRoot } from "./faults.js";

const WINDOW = "30s";
const LONG_WINDOW = "3m";
const NAGS_WANTED = 3;

const newest = (list) => list[list.length - 1];
const posts = () => [...known.messages.values()].filter((m) => m.case && !m.thread_ts);
const overduePosts = (name) => posts().filter((m) => m.case === name && /^🚨/.test(m.text ?? "") && !known.cards.has(m.ts));
const stateOf = (t) => cardOf(t.case)?.state ?? "";
const past = (t, ...states) => states.includes(stateOf(t));
const over = (t) => past(t, "restored", "declined", "withdrawn", "expired", "failed", "refused", "ran", "not_run");

// A case that ended in another way than the steps tell, by hand or by waiting too long; its state, or nothing.
export const endedOtherwise = (t) => (t.case && past(t, "declined", "withdrawn", "expired", "failed", "refused", "not_run") ? stateOf(t) : "");

// The case that this tour is about: the newest that was asked for since it began.
function adopt(t) {
  const card = newest(cards().filter((m) => m.ts > t.since && m.state !== "outside"));
  if (card && (!t.case || over(t))) t.case = card.case;
  return Boolean(t.case);
}

const press = (person, action) => async (t) => {
  const card = cardOf(t.case);
  if (card) await click(person, card, action);
};

export const FIRST = {
  title: "Guided first case",
  done: "That was a whole case: asked for, approved by a second Admin, lifted and verified, nagged about, restored and verified. The audit chain has every step of it.",
  steps: [
    {
      name: "Ana asks",
      text: "Ana needs the root user of the account “bakery” for a billing task, so she asks for 30 seconds. (A real window is minutes or hours.)",
      hand: `As Ana, send: /reguard lift bakery for ${WINDOW} task billing because month end invoices`,
      button: "Ana asks",
      as: "ana",
      act: () => command("ana", `lift bakery for ${WINDOW} task billing because month end invoices`),
      isDone: adopt,
    },
    {
      name: "Ana confirms the mailbox",
      text: "Without the root mailbox nobody gets in, so Ana says that she can read it. The card waits for that, and for a second Admin.",
      hand: "As Ana, press the mailbox button on the card.",
      button: "Ana confirms the mailbox",
      as: "ana",
      act: press("ana", "mailbox"),
      isDone: (t) => !past(t, "waiting") || !hasButton(cardOf(t.case), "mailbox"),
    },
    {
      name: "Ben approves",
      text: "Ana cannot approve her own wish; Ben can. The bot reads his role from Stax at this very moment.",
      hand: "Become Ben and press Approve on the card; Slack asks once more.",
      button: "Ben approves",
      as: "ben",
      act: press("ben", "approve"),
      isDone: (t) => !past(t, "waiting"),
    },
    {
      name: "It is lifted: look",
      text: "The bot has changed one flag of 28, followed the task, and looked twice before it says “lifted”. The lock is open for all 55 member accounts.",
      hand: "Look at root protection, the requests and the audit chain behind the scenes.",
      button: "I have looked",
      show: "guardrail",
      waitFor: (t) => past(t, "lifted", "restoring", "restored"),
      waiting: "Stax is working on it…",
      act: (t) => (t.looked = true),
      isDone: (t) => t.looked || over(t),
    },
    {
      name: "It stays off: watch it nag",
      text: "The window ends and nobody restores. The bot says so at once, then after 10 seconds and after 20, louder each time, and never stops before it is on again.",
      hand: "Do nothing, and watch the channel.",
      button: "I have seen enough",
      waitFor: (t) => overduePosts(t.case).length >= 1 || over(t),
      waiting: (t) => `Wait for the window to end${countdown(t)}`,
      act: (t) => (t.nagged = true),
      isDone: (t) => t.nagged || overduePosts(t.case).length >= NAGS_WANTED || over(t),
    },
    {
      name: "Restore",
      text: "Any Admin can end it, with one word and without approval. The bot switches root protection ON and reports it only once that is verified.",
      hand: "As Ana, Ben or Cleo: press Restore now, or send /reguard done",
      button: "Cleo restores",
      as: "cleo",
      act: (t) => command("cleo", `done ${t.case}`),
      isDone: (t) => past(t, "restored"),
    },
  ],
};

function countdown(t) {
  const c = known.audit.status?.cases?.find((x) => x.id === t.case);
  const seconds = c?.deadline ? Math.round((new Date(c.deadline).getTime() - Date.now()) / 1000) : 0;
  return seconds > 0 ? `: ${seconds} s` : "…";
}

const danWasTold = (t) => known.secrets.some((s) => s.person === "dan" && s.message.ts > t.since);
const outsideCard = (t) => newest(posts().filter((m) => m.ts > t.since && hasButton(m, "put_back")));

export const BREAKING = {
  title: "What happens when things break",
  done: "Nothing was lost: what the bot had promised before the trouble it kept after it. Try the switches behind the scenes in any other order.",
  steps: [
    {
      name: "Ana asks again",
      text: "A new case with a longer window, and the mailbox is confirmed at once.",
      hand: `As Ana, send: /reguard lift bakery for ${LONG_WINDOW} task billing because second round of invoices`,
      button: "Ana asks and confirms",
      as: "ana",
      act: async (t) => {
        await command("ana", `lift bakery for ${LONG_WINDOW} task billing because second round of invoices`);
        t.confirm = true;
      },
      isDone: (t) => adopt(t) && confirmOnce(t),
    },
    {
      name: "Dan tries to approve",
      text: "Dan is in the channel but no Admin in Stax. Only he is told why nothing happens.",
      hand: "Become Dan and press Approve.",
      button: "Dan tries to approve",
      as: "dan",
      act: press("dan", "approve"),
      isDone: danWasTold,
    },
    {
      name: "Stax is busy",
      text: "Ben approves, and Stax refuses the change once: another operation runs (409). The bot looks, waits a little and tries again.",
      hand: "Arm “Busy (409)” behind the scenes, then press Approve as Ben.",
      button: "Ben approves while Stax is busy",
      as: "ben",
      act: async (t) => {
        await arm.busy();
        await press("ben", "approve")(t);
      },
      isDone: (t) => past(t, "lifted", "restoring", "restored"),
      busy: "The first try was refused; the bot tries again…",
    },
    {
      name: "The bot is killed",
      text: "kill -9, in the middle of an open window. Nobody watches now.",
      hand: "Press “Kill it” behind the scenes.",
      button: "Kill the bot",
      act: () => bot("kill"),
      isDone: () => known.state?.bot && !known.state.bot.running,
    },
    {
      name: "The bot starts again",
      text: "It reads its journal, knows the open window and its end, and looks at root protection before anything else.",
      hand: "Press “Start it” behind the scenes.",
      button: "Start the bot",
      act: () => bot("start"),
      isDone: () => known.state?.bot?.running && known.state.slack.connections > 0,
      busy: "Starting…",
    },
    {
      name: "Somebody restores it in the console",
      text: "Not everybody tells the bot. It looks by itself, sees that root protection is ON, verifies it and closes the case.",
      hand: "Press “Switch it on” behind the scenes.",
      button: "Switch it on in the console",
      act: () => inConsole(true),
      isDone: (t) => past(t, "restored"),
      busy: "The bot looks every second…",
    },
    {
      name: "Somebody lifts it in the console",
      text: "No request, no approval: the bot raises an alarm in the channel and repeats it until root protection is ON.",
      hand: "Press “Switch it off” behind the scenes.",
      button: "Switch it off in the console",
      act: () => inConsole(false),
      isDone: (t) => Boolean(outsideCard(t)),
      busy: "The bot looks every two seconds…",
    },
    {
      name: "Restore now",
      text: "Any Admin may, without approval.",
      hand: "As an Admin, press “Restore now” on the alarm, or send /reguard restore",
      button: "Ana restores it",
      as: "ana",
      act: () => command("ana", "put-back"),
      isDone: () => isOn() && !known.audit.status?.cases?.length,
      busy: "Restoring, and verifying it…",
    },
    {
      name: "Slack goes away",
      text: "The bot cannot be talked to. It goes on looking at root protection and keeps trying to come back.",
      hand: "Switch on “Slack is down” behind the scenes.",
      button: "Slack goes down",
      act: () => slackOutage(true),
      isDone: () => known.state?.slack.outage === true,
    },
    {
      name: "Slack returns",
      text: "The bot connects again by itself; what was to be said meanwhile is said now.",
      hand: "Switch off “Slack is down” behind the scenes.",
      button: "Slack returns",
      act: () => slackOutage(false),
      isDone: () => known.state?.slack.outage === false && known.state.slack.connections > 0,
      busy: "The bot comes back within seconds…",
    },
  ],
};

const foreignUses = (t) => [...known.messages.values()].filter((m) => m.ts > t.since && /Root was used in/.test(m.text ?? ""));

export const UNOPENED = {
  title: "Without opening anything",
  done: "A bucket is free again and root protection was ON all the time; somebody used a root user, and every Admin knows. The audit chain has both.",
  steps: [
    {
      name: "A bucket is locked",
      text: `Somebody gives the S3 bucket “${BUCKET}” of “bakery” a policy that denies everybody everything, the account's own Admins too. Only a root user can take it away.`,
      hand: "Press “Lock a bucket” behind the scenes.",
      button: "Lock the bucket",
      act: lockBucket,
      isDone: bucketIsLocked,
    },
    {
      name: "Ana asks for it to be freed",
      text: "No window: Ana asks the bot to do it. It reads the policy first, in a session of 15 minutes that may do that alone, and shows it to whoever approves.",
      hand: `As Ana, send: /reguard run s3-lockout bakery ${BUCKET} because its policy denies everybody`,
      button: "Ana asks",
      as: "ana",
      act: () => command("ana", `run s3-lockout bakery ${BUCKET} because its policy denies everybody`),
      isDone: adopt,
      busy: "The bot reads the policy…",
    },
    {
      name: "Ben approves just that",
      text: "What Ben approves is this policy's deletion, and nothing else: were another one there by then, it would stay.",
      hand: "Become Ben and press Approve on the card.",
      button: "Ben approves",
      as: "ben",
      act: press("ben", "approve"),
      isDone: (t) => past(t, "ran"),
      busy: "Deleted, and read again until it is gone…",
    },
    {
      name: "Nothing was opened: look",
      text: "The policy is gone, verified; root protection was ON all the time, and the session was of bakery's root user, which nobody had to sign in as.",
      hand: "Look at root protection and at the requests behind the scenes.",
      button: "I have looked",
      show: "guardrail",
      act: (t) => (t.looked = true),
      isDone: (t) => t.looked,
    },
    {
      name: "Root is used in another account",
      text: "No window is open, and somebody signs in as the root user of a team's account, without MFA. AWS tells it through a queue, and every Admin hears of it.",
      hand: "Press “Sign in as a root user” behind the scenes.",
      button: "Somebody signs in as root",
      act: useRoot,
      isDone: (t) => foreignUses(t).length > 0,
      busy: "The bot is told by AWS…",
    },
  ],
};

export const PLANS = [FIRST, BREAKING, UNOPENED];

// Asking and confirming are one button here, and the second needs the card of the first.
function confirmOnce(t) {
  const card = cardOf(t.case);
  if (t.confirm && hasButton(card, "mailbox")) {
    t.confirm = false;
    click("ana", card, "mailbox");
  }
  return !hasButton(card, "mailbox");
}
