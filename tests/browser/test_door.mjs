// SPDX-License-Identifier: Apache-2.0
// Who may speak to the page's listener, and what the page itself may do.
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { connect } from "node:net";
import { check } from "./sandbox.mjs";

// One request with exactly these headers; its status, headers and text.
function ask(origin, path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const r = request(`${origin}${path}`, { method, headers }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      resolve({ status: answer.statusCode, headers: answer.headers, text });
    });
    r.on("error", reject);
    r.on("upgrade", (answer, socket) => (socket.destroy(), resolve({ status: answer.statusCode, headers: answer.headers, text: "" })));
    r.end(body);
  });
}

const JSON_TYPE = { "Content-Type": "application/json" };
const kill = (more) => ({ method: "POST", body: JSON.stringify({ do: "kill" }), headers: { ...JSON_TYPE, ...more } });

async function isRefused(s, what, path, options) {
  const answer = await ask(s.origin, path, options);
  check(answer.status === 403, `${what}: ${answer.status} ${answer.text.slice(0, 100)}`);
}

export async function door_refuses_other_names(t) {
  const s = await t.sandbox();
  for (const host of ["evil.example", `evil.example:${new URL(s.origin).port}`, "127.0.0.1", `127.0.0.1.evil.example:${new URL(s.origin).port}`, "localhost:1"]) {
    await isRefused(s, `Host ${host}`, "/", { headers: { Host: host } });
    await isRefused(s, `Host ${host} with the token`, "/sandbox/state", { headers: { Host: host, "X-Playground-Token": s.token } });
  }
}

export async function door_refuses_other_origins(t) {
  const s = await t.sandbox();
  const token = { "X-Playground-Token": s.token };
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1", s.origin.replace("http:", "https:")]) await isRefused(s, `Origin ${origin}`, "/sandbox/bot", kill({ ...token, Origin: origin }));
  await isRefused(s, "no Origin", "/sandbox/bot", kill(token));
  await isRefused(s, "another site", "/sandbox/bot", kill({ ...token, Origin: s.origin, "Sec-Fetch-Site": "cross-site" }));
  check((await s.state()).bot.running, "the bot runs");
}

export async function door_refuses_without_the_token(t) {
  const s = await t.sandbox();
  const own = { Origin: s.origin };
  await isRefused(s, "no token", "/sandbox/bot", kill(own));
  await isRefused(s, "a wrong token", "/sandbox/bot", kill({ ...own, "X-Playground-Token": "0".repeat(32) }));
  await isRefused(s, "a part of the token", "/sandbox/bot", kill({ ...own, "X-Playground-Token": s.token.slice(0, 31) }));
  await isRefused(s, "the token in the address", `/sandbox/state?token=${s.token}`, { headers: own });
  const socket = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" };
  await isRefused(s, "a WebSocket without token", "/live", { headers: { ...own, ...socket, "Sec-WebSocket-Protocol": "reguard" } });
  await isRefused(s, "a WebSocket of another site", "/live", { headers: { ...socket, Origin: "https://evil.example", "Sec-WebSocket-Protocol": `reguard, reguard.${s.token}` } });
  const right = await ask(s.origin, "/live", { headers: { ...own, ...socket, "Sec-WebSocket-Protocol": `reguard, reguard.${s.token}` } });
  check(right.status === 101, `the page's own WebSocket: ${right.status}`);
}

export async function door_page_without_token_says_so(t) {
  const { sandbox, w } = await t.playground();
  const page = await t.window(sandbox);
  await page.page.evaluate(() => sessionStorage.clear());
  await page.page.reload();
  await page.sees(page.page.getByRole("alert").filter({ hasText: "does not know the token" }));
  check(!(await w.page.url()).includes("token"), "the token is taken out of the address bar");
}

// A page of another site in the same browser: what it sends arrives with its own origin.
export async function door_other_site_in_the_same_browser_can_do_nothing(t) {
  const { sandbox, w } = await t.playground();
  w.expected.push(/Failed to load resource|blocked by CORS|net::ERR|a new window: about:blank/);
  const other = await w.context.newPage();
  await other.goto("about:blank");
  const outcomes = await other.evaluate(async ([origin, token]) => {
    const attempt = (path, options) => fetch(origin + path, options).then((r) => (r.type === "opaque" ? "opaque" : r.status), () => "refused");
    const body = JSON.stringify({ do: "kill" });
    return [
      await attempt("/sandbox/bot", { method: "POST", body, headers: { "Content-Type": "application/json", "X-Playground-Token": token } }),
      await attempt("/sandbox/bot", { method: "POST", body, mode: "no-cors" }),
      await attempt("/sandbox/state", { headers: { "X-Playground-Token": token } }),
    ];
  }, [sandbox.origin, sandbox.token]);
  check(outcomes.every((o) => o === "refused" || o === "opaque" || o === 403), `another site got ${outcomes}`);
  check((await sandbox.state()).bot.starts === 1 && (await sandbox.state()).bot.running, "the bot runs on");
}

// Addresses that are listened on, as the kernel lists them.
export async function door_listens_on_loopback_only(t) {
  const s = await t.sandbox();
  const port = Number(new URL(s.origin).port);
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = (await readFile("/proc/net/tcp", "utf8")).split("\n").concat((await readFile("/proc/net/tcp6", "utf8").catch(() => "")).split("\n"));
  const bound = rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[3] === "0A" && row[1]?.endsWith(`:${hex}`)).map((row) => row[1]);
  check(bound.length === 1 && bound[0] === `0100007F:${hex}`, `listens on ${bound}`);
  const outside = Object.values(networkInterfaces()).flat().find((a) => a.family === "IPv4" && !a.internal);
  if (!outside) return;
  const answer = await new Promise((resolve) => connect(port, outside.address).on("connect", () => resolve("connected")).on("error", (e) => resolve(e.code)));
  check(answer === "ECONNREFUSED", `another address of this machine: ${answer}`);
}

export async function door_every_answer_has_a_strict_policy(t) {
  const { w } = await t.playground();
  check(w.responses.length >= 10, "the page has its parts");
  for (const r of w.responses.filter((r) => r.url().startsWith("http"))) {
    const policy = r.headers()["content-security-policy"] ?? "";
    const directives = new Map(policy.split(";").map((d) => [d.trim().split(" ")[0], d.trim().split(" ").slice(1)]));
    check(directives.get("default-src")?.join() === "'none'", `${r.url()}: ${policy}`);
    for (const name of ["script-src", "style-src", "connect-src"]) check(directives.get(name)?.join() === "'self'", `${r.url()}: ${name} is ${directives.get(name)}`);
    check(!/unsafe|\*|https?:/.test(policy), `${r.url()}: ${policy}`);
    check(r.headers()["x-content-type-options"] === "nosniff" && r.headers()["referrer-policy"] === "no-referrer", `${r.url()}: its other headers`);
  }
  const bytes = (await Promise.all(w.responses.map((r) => r.body().catch(() => "")))).reduce((sum, body) => sum + body.length, 0);
  check(bytes < 150 * 1024, `the page is ${bytes} bytes`);
}

export async function door_inline_script_would_not_run(t) {
  const { w } = await t.playground();
  w.expected.push(/Content Security Policy/);
  const ran = await w.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    return Boolean(window.ran);
  });
  check(!ran, "an inline script ran");
}

export async function door_page_says_that_the_sandbox_has_gone(t) {
  const { sandbox, w } = await t.playground();
  w.expected.push(/Failed to load resource|WebSocket connection/);
  sandbox.process.kill("SIGTERM");
  await w.sees(w.page.getByRole("alert").filter({ hasText: "The sandbox does not answer" }));
  await w.as("Ana", "/reguard status");
  await w.sees(w.page.getByText("/reguard did not work: the sandbox does not answer"));
}
