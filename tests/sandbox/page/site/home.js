// SPDX-License-Identifier: Apache-2.0
// The app's home page, as Slack shows it to whoever you are: it is asked for when you look at it, and follows by itself.
import { byId, el } from "./dom.js";
import { blocksOf } from "./blocks.js";
import { call, known, on } from "./live.js";
import { clickIn, onPersonChange, you } from "./people.js";

const press = (_, action, value) => clickIn(you.person.key, "home", action, value);
const isOpen = () => you.place === "home";
let shown = "";

function draw() {
  const view = known.homes[you.person.key];
  const now = view ? `${you.person.key} ${view.hash}` : you.person.key;
  if (now === shown) return;
  const at = byId("home").contains(document.activeElement) ? document.activeElement.textContent : "";
  shown = now;
  byId("home").replaceChildren(...(view ? blocksOf(view.blocks, press) : [el("p", { class: "quiet" }, "Nothing has been shown here yet.")]));
  if (at) [...byId("home").querySelectorAll("button")].find((b) => b.textContent === at)?.focus();
}

export function lookAtHome() {
  draw();
  if (isOpen()) call("open_home", { person: you.person.key });
}

export function startHome() {
  on("homes", draw);
  on("reset", draw);
  onPersonChange(lookAtHome);
}
