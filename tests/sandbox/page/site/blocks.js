// SPDX-License-Identifier: Apache-2.0
// Block Kit into elements, as far as the bot uses it; an unknown block shows its text.
import { byId, button, el, openModal } from "./dom.js";
import { decode, markup } from "./markup.js";

// A text object: mrkdwn or plain.
export function textOf(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? markup(object.text ?? "") : [decode(object.text ?? "")];
}

// Resolves to whether it was confirmed.
export function askToConfirm(confirm) {
  const dialog = byId("confirm");
  return new Promise((resolve) => {
    const end = (yes) => () => {
      dialog.close();
      resolve(yes);
    };
    dialog.replaceChildren(
      el("h2", { id: "confirm-title" }, textOf(confirm.title)),
      el("p", {}, textOf(confirm.text)),
      el("div", { class: "dialog-buttons" }, button(textOf(confirm.deny), end(false)), button(textOf(confirm.confirm), end(true), { class: "primary" })),
    );
    dialog.oncancel = () => resolve(false);
    openModal(dialog);
  });
}

function buttonNode(element, message, press) {
  const onClick = async () => {
    if (!element.confirm || (await askToConfirm(element.confirm))) press(message, element.action_id, element.value);
  };
  return button(textOf(element.text), onClick, { class: element.style ?? "", data: { action: element.action_id }, "aria-label": element.accessibility_label });
}

// Slack shows three dots and reads "More actions" aloud; what is chosen asks once more where it says so.
function menuNode(element, message, press) {
  const choose = (option, menu) => async () => {
    menu.open = false;
    if (!element.confirm || (await askToConfirm(element.confirm))) press(message, element.action_id, option.value);
  };
  const menu = el("details", { class: "overflow" }, el("summary", { "aria-label": "More actions" }, "⋯"));
  menu.append(...element.options.map((option) => button(textOf(option.text), choose(option, menu), { data: { action: element.action_id } })));
  return menu;
}

function elementNode(element, message, press) {
  if (element.type === "button") return buttonNode(element, message, press);
  if (element.type === "overflow") return menuNode(element, message, press);
  return el("span", {}, typeof element.text === "object" ? textOf(element.text) : textOf(element));
}

function sectionNode(block, message, press) {
  const fields = (block.fields ?? []).map((f) => el("div", { class: "field" }, textOf(f)));
  return el(
    "div",
    { class: "section" },
    block.text && el("p", {}, textOf(block.text)),
    fields.length > 0 && el("div", { class: "fields" }, fields),
    block.accessory && elementNode(block.accessory, message, press),
  );
}

function blockNode(block, message, press) {
  switch (block.type) {
    case "section":
      return sectionNode(block, message, press);
    case "header":
      return el("p", { class: "block-header" }, textOf(block.text));
    case "divider":
      return el("hr");
    case "context":
      return el("p", { class: "context" }, block.elements.map((e) => elementNode(e, message, press)));
    case "actions":
      return el("div", { class: "actions" }, block.elements.map((e) => elementNode(e, message, press)));
    default:
      return el("p", {}, textOf(block.text));
  }
}

// The blocks of a page.
export const blocksOf = (blocks, press) => blocks.map((b) => blockNode(b, null, press));

// What the message says: its blocks, or its text when it has none that people did not type.
export function contentOf(message, press) {
  const blocks = (message.blocks ?? []).filter((b) => b.type !== "rich_text");
  if (blocks.length === 0) return [el("p", {}, markup(message.text ?? ""))];
  return blocks.map((b) => blockNode(b, message, press));
}
