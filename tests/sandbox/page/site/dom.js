// SPDX-License-Identifier: Apache-2.0
// Building and finding elements. Text becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

function setProperty(node, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key === "class") node.className = value;
  else if (key === "on") for (const [name, fn] of Object.entries(value)) node.addEventListener(name, fn);
  else if (key === "data") Object.assign(node.dataset, value);
  else node.setAttribute(key, value === true ? "" : String(value));
}

// el("p", {class: "quiet"}, "text", node, [more])
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) setProperty(node, key, value);
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function button(label, onClick, properties = {}) {
  return el("button", { type: "button", on: { click: onClick }, ...properties }, label);
}

// Shapes say what colours say: a closed lock, an open lock, a question.
const SHAPES = {
  on: ["M7 11V8a5 5 0 0 1 10 0v3", "M5 11h14v10H5z"],
  off: ["M7 11V6a5 5 0 0 1 9.6-2", "M5 11h14v10H5z"],
  unknown: ["M8 9a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1.2-1.5 2.3", "M12 19v.5"],
  good: ["M4 13l5 5L20 6"],
  bad: ["M5 5l14 14", "M19 5L5 19"],
};

export function shape(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name}`);
  for (const d of SHAPES[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

// A light: shape and word, the colour only repeats them.
export function setLight(id, kind, word) {
  const light = byId(id);
  if (light.dataset.kind === kind && light.dataset.word === word) return;
  light.dataset.kind = kind;
  light.dataset.word = word;
  light.querySelector(".shape").replaceChildren(shape(kind));
  light.querySelector(".word").textContent = word;
}

// Screen readers are told at most once a second, and the newest few only: a flood would silence everything else. One alone would be lost to
// what comes in the same second.
const ANNOUNCED_MOST = 3;
let waiting = [];
let timer = 0;
export function announce(text) {
  waiting = [...waiting, text].slice(-ANNOUNCED_MOST);
  timer ||= setTimeout(() => {
    byId("announcer").textContent = waiting.join(" ");
    timer = 0;
    waiting = [];
  }, 1000);
}

export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

// Opens a dialog. The focus comes back to where it was, also when that was redrawn meanwhile: then to the same button of the same message.
export function openModal(dialog) {
  const from = document.activeElement;
  const action = from?.dataset?.action;
  const ts = from?.closest("li[data-ts]")?.dataset.ts;
  const comeBack = () => {
    const message = ts && document.querySelector(`li[data-ts="${CSS.escape(ts)}"]`);
    if (action && message && !from.isConnected) message.querySelector(`[data-action="${CSS.escape(action)}"]`)?.focus();
  };
  dialog.addEventListener("close", comeBack, { once: true });
  dialog.showModal();
}
