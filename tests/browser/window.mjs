// SPDX-License-Identifier: Apache-2.0
// The browser, and a window on a playground: everything that a page may never do is noted from its first moment on.
import { createRequire } from "node:module";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { check, PATIENCE_MS } from "./sandbox.mjs";

const packages = createRequire(join(process.env.BROWSER_PACKAGES, "package.json"));
const { chromium } = packages("playwright-core");
export const AXE = packages("axe-core").source;
const SHOTS = process.env.BROWSER_SHOTS;
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export const WIDE = { width: 1600, height: 1000 };
export const USUAL = { width: 1280, height: 900 };
export const LAPTOP = { width: 1280, height: 720 };
export const NARROW = { width: 360, height: 740 };
export const PHONE = { width: 390, height: 844 };

// With a new empty profile, which goes when it ends.
export const openBrowser = () => chromium.launch({ executablePath: process.env.BROWSER_CHROMIUM, args: ARGUMENTS, handleSIGINT: false, handleSIGTERM: false });

export class Window {
  // options: viewport, colorScheme, reducedMotion
  static async open(browser, sandbox, options = {}) {
    const w = new Window();
    w.sandbox = sandbox;
    w.context = await browser.newContext({ viewport: USUAL, colorScheme: "light", locale: "en-GB", timezoneId: "UTC", ...options });
    w.context.setDefaultTimeout(PATIENCE_MS);
    w.page = await w.context.newPage();
    w.watch();
    await w.page.goto(sandbox.address);
    await w.sees(w.page.getByText("Bot: running", { exact: true }));
    return w;
  }

  watch() {
    const wrong = (this.wrong = []);
    this.expected = [];
    this.requests = [];
    this.responses = [];
    this.page.on("console", (m) => m.type() === "error" && wrong.push(`console: ${m.text()}`));
    this.page.on("pageerror", (e) => wrong.push(`exception: ${e.message}`));
    this.page.on("crash", () => wrong.push("the page crashed"));
    this.page.on("dialog", (d) => {
      wrong.push(`a dialog of the browser: ${d.message()}`);
      d.dismiss();
    });
    this.context.on("page", (p) => p !== this.page && wrong.push(`a new window: ${p.url()}`));
    this.context.on("request", (r) => this.requests.push(r.url()));
    this.context.on("response", (r) => this.responses.push(r));
    this.page.on("websocket", (s) => this.requests.push(s.url().replace(/^ws:/, "http:")));
    this.page.on("framenavigated", (f) => f.parentFrame() && wrong.push(`a frame: ${f.url()}`));
  }

  // What is wrong with what the page did. Reasons that a test expects are left out.
  verdict() {
    const foreign = this.requests.filter((url) => !url.startsWith("data:") && new URL(url).origin !== this.sandbox.origin);
    const wrong = this.wrong.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
    return [...wrong, ...foreign.map((url) => `a foreign request: ${url}`)];
  }

  async close() {
    const wrong = this.verdict();
    await this.context.close();
    check(wrong.length === 0, wrong.join("\n      "));
  }

  async shot(name, options = {}) {
    await mkdir(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`), animations: "disabled", caret: "initial", ...options });
  }

  // ---- what a person sees ----

  sees(locator) {
    return locator.first().waitFor({ state: "visible" });
  }

  misses(locator) {
    return locator.first().waitFor({ state: "hidden" });
  }

  until(condition, argument) {
    return this.page.waitForFunction(condition, argument);
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name });
  }

  region(name) {
    return this.page.getByRole("region", { name });
  }

  // Posts of the bot and of people that have this text, oldest first, in the conversation in which you write; threads and private answers
  // are inside or apart.
  posts(text, author = "reguard") {
    return this.page.getByRole("tabpanel").getByRole("article", { name: author, exact: true }).filter({ hasText: text });
  }

  card(name) {
    return this.posts(name).first();
  }

  privately(text = "") {
    return this.page.getByRole("article", { name: "Only you can see this: reguard" }).filter({ hasText: text });
  }

  dialog(name) {
    return this.page.getByRole("dialog", { name });
  }

  guardrail(word) {
    return this.sees(this.page.getByText(`Root protection ${word}`, { exact: true }));
  }

  verificationIsGreen() {
    return this.sees(this.region("Audit chain").getByText(/^Whole: /));
  }

  // ---- what a person does ----

  become(name) {
    return this.page.getByRole("radio", { name: new RegExp(`^${name}\\b`) }).check();
  }

  // Behind a dialog that has not closed yet nobody can type, and what is filled in there is lost.
  async send(text) {
    await this.misses(this.page.getByRole("dialog"));
    await this.page.getByLabel(/^Message or command/).fill(text);
    await this.button("Send").click();
  }

  async as(name, text) {
    await this.become(name);
    await this.send(text);
  }
}
