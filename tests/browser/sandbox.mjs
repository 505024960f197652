// SPDX-License-Identifier: Apache-2.0
// A sandbox with a bot as its child, in a folder of its own, and its control API.
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BUILD = process.env.BROWSER_BUILD;
const CANARIES = fileURLToPath(new URL("../e2e/canaries.py", import.meta.url));
export const PATIENCE_MS = 1000 * Number(process.env.BROWSER_PATIENCE ?? 60);
const LOOK_AGAIN_MS = 500;

export class Failed extends Error {}

// Whatever ends the tests ends these too.
const alive = new Set();
process.on("exit", () => {
  for (const s of alive) s.process.kill("SIGTERM");
});

export function check(condition, what) {
  if (!condition) throw new Failed(what);
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Failed("the sandbox ended at once");
}

export class Sandbox {
  static async start() {
    const s = new Sandbox();
    s.dir = await mkdtemp(join(tmpdir(), "reguard-browser-"));
    s.process = spawn(join(BUILD, "reguard-sandbox"), ["--dir", s.dir, "--bot", join(BUILD, "reguard"), "--page-port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    alive.add(s);
    s.said = "";
    s.process.stderr.on("data", (text) => (s.said += text));
    s.ended = new Promise((resolve) => s.process.once("exit", (status, signal) => resolve(signal ?? status)));
    const ready = JSON.parse(await firstLine(s.process.stdout));
    s.address = ready.page;
    s.origin = new URL(ready.page).origin;
    s.token = new URLSearchParams(new URL(ready.page).hash.slice(1)).get("token");
    s.control = `http://127.0.0.1:${ready.plain_port}/sandbox/`;
    await s.until((state) => state.slack.connections > 0, "the bot connects");
    return s;
  }

  async get(path) {
    return (await fetch(this.control + path)).json();
  }

  async post(path, body) {
    const answer = await fetch(this.control + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const json = await answer.json();
    check(answer.ok, `${path} ${JSON.stringify(body).slice(0, 200)}: ${json.error}`);
    return json;
  }

  state() {
    return this.get("state");
  }

  channel() {
    return this.get("channel?format=json");
  }

  // Waits until the condition on the state holds, and returns what it gave. It may ask the sandbox for more.
  async until(condition, what) {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      const state = await this.state();
      const held = await condition(state);
      if (held) return held;
      await this.get(`wait?since=${state.changes}&timeout_ms=${LOOK_AGAIN_MS}`);
    }
    throw new Failed(`waited in vain: ${what}`);
  }

  cards() {
    return this.channel().then((all) => all.filter((m) => m.case && !m.thread_ts && /-card-/.test(m.key ?? "")));
  }

  caseIs(name, ...states) {
    return this.until(async () => (await this.cards()).some((m) => m.case === name && states.includes(m.state)), `${name} becomes ${states.join(" or ")}`);
  }

  // Asked for, confirmed, and unless "waiting" is wanted approved and lifted; without the page's help.
  async lift({ account = "bakery", window = "5m", until = "lifted" } = {}) {
    const known = (await this.cards()).length;
    await this.post("command", { person: "ana", text: `lift ${account} for ${window} task billing because month end invoices` });
    const name = await this.until(async () => (await this.cards())[known]?.case, "the card of the new case");
    await this.post("click", { person: "ana", action: "mailbox", case: name });
    if (until === "waiting") return name;
    await this.post("click", { person: "ben", action: "approve", case: name });
    await this.caseIs(name, "lifted");
    return name;
  }

  // A record of the journal is changed as only somebody with the file could.
  forge() {
    const program = `import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("DROP TRIGGER journal_no_update")
store.execute("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 2")
store.commit()`;
    execFileSync("python3", ["-c", program, join(this.dir, "state", "reguard.db")]);
  }

  async log() {
    return readFile(join(this.dir, "bot.log"), "utf8").catch(() => "");
  }

  // Neither the log nor the records have a secret that the bot knew.
  keepsSecrets() {
    try {
      execFileSync("python3", [CANARIES, this.dir], { encoding: "utf8" });
    } catch (found) {
      throw new Failed(`no secret in anything that is left: ${found.stdout}`);
    }
  }

  // Throws when it had not lived to its end, or did not end in order.
  async stop() {
    this.process.kill("SIGTERM");
    const status = await this.ended;
    alive.delete(this);
    this.keepsSecrets();
    await rm(this.dir, { recursive: true, force: true });
    check(status === 0, `the sandbox ended with ${status}: ${this.said.slice(-500)}`);
  }
}
