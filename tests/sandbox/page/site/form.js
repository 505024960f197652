// SPDX-License-Identifier: Apache-2.0
// The forms (modals) that the bot opens for a person: a dialog with real labels; what is wrong stands at its field.
import { button, byId, el, openModal } from "./dom.js";
import { textOf } from "./blocks.js";
import { call, known, on } from "./live.js";
import { onPersonChange, you } from "./people.js";

let shown = ""; // the view that the dialog shows, by id and hash

const offered = new Map(); // of the open form: what stands in the list, as text to value

function optionNode(option, chosen) {
  return el("option", { value: option.value, selected: option.value === chosen }, textOf(option.text));
}

function selectNode(element, common) {
  const chosen = element.initial_option?.value;
  const groups = (element.option_groups ?? []).map((g) => el("optgroup", { label: textOf(g.label).join("") }, g.options.map((o) => optionNode(o, chosen))));
  const none = el("option", { value: "" }, element.placeholder ? textOf(element.placeholder) : "Choose…");
  return el("select", common, !chosen && none, groups, (element.options ?? []).map((o) => optionNode(o, chosen)));
}

// A field whose list the bot gives, anew with each letter.
function typedNode(element, common) {
  const list = el("datalist", { id: `${common.id}-list` });
  const first = element.initial_option;
  if (first) offered.set(textOf(first.text).join(""), first.value);
  const field = el("input", { ...common, type: "text", list: list.id, placeholder: element.placeholder?.text, value: first ? textOf(first.text).join("") : "" });
  const offer = () => offerFor(element.action_id, field, list);
  field.addEventListener("input", offer);
  field.addEventListener("focus", offer, { once: true });
  return [field, list];
}

async function offerFor(name, field, list) {
  const text = field.value;
  if (offered.has(text)) return;
  const result = await call("type", { person: you.person.key, field: name, text });
  for (const o of result.options ?? []) offered.set(textOf(o.text).join(""), o.value);
  if (field.value === text && list) list.replaceChildren(...(result.options ?? []).map((o) => el("option", { value: textOf(o.text).join("") })));
  return result.options?.[0];
}

function boxNode(option, element, common) {
  const ticked = (element.initial_options ?? []).some((o) => o.value === option.value);
  return el("label", { class: "check" }, el("input", { type: "checkbox", name: common.name, id: common.id, value: option.value, checked: ticked }), " ", textOf(option.text));
}

function fieldOf(element, id, optional) {
  const common = { id, name: element.action_id, required: !optional, "aria-describedby": `${id}-hint ${id}-error` };
  if (element.type === "static_select" || element.type === "radio_buttons") return selectNode(element, common);
  if (element.type === "external_select") return typedNode(element, common);
  const limits = { maxlength: element.max_length, minlength: element.min_length, placeholder: element.placeholder?.text };
  if (element.multiline) {
    const area = el("textarea", { ...common, ...limits, rows: "3" });
    area.value = element.initial_value ?? "";
    return area;
  }
  return el("input", { ...common, ...limits, type: "text", value: element.initial_value ?? "" });
}

function boxesBlock(block) {
  const id = `field-${block.block_id}`;
  return el(
    "fieldset",
    { class: "form-field", data: { block: block.block_id } },
    el("legend", {}, textOf(block.label)),
    block.element.options.map((o, i) => boxNode(o, block.element, { id: i ? `${id}-${i}` : id, name: block.element.action_id })),
    el("p", { class: "error", id: `${id}-error`, role: "alert" }),
  );
}

// What was chosen is told at once, where the bot has asked for that.
async function tellChoice(event) {
  const { form, name } = event.target;
  await settleTyped(form);
  call("choose", { person: you.person.key, field: name, values: valuesOf(form) });
}

function inputBlock(block) {
  if (block.element.type === "checkboxes") return boxesBlock(block);
  const id = `field-${block.block_id}`;
  return el(
    "div",
    { class: "form-field", data: { block: block.block_id }, on: block.dispatch_action ? { change: tellChoice } : {} },
    el("label", { for: id }, textOf(block.label), block.optional && el("span", { class: "quiet" }, " (optional)")),
    fieldOf(block.element, id, block.optional),
    el("p", { class: "hint", id: `${id}-hint` }, textOf(block.hint)),
    el("p", { class: "error", id: `${id}-error`, role: "alert" }),
  );
}

function blockNode(block) {
  if (block.type === "input") return inputBlock(block);
  if (block.type === "context") return el("p", { class: "context" }, block.elements.map((e) => textOf(e)).flat());
  return el("p", { class: "said" }, textOf(block.text));
}

function showErrors(form, errors, sentence) {
  for (const box of form.querySelectorAll(".form-field")) {
    const text = errors[box.dataset.block] ?? "";
    box.querySelector(".error").textContent = text;
    box.querySelector("input, select, textarea").setAttribute("aria-invalid", String(text !== "" && text !== undefined));
  }
  form.querySelector(".form-error").textContent = sentence;
  form.querySelector('[aria-invalid="true"]')?.focus();
}

// What a client checks by itself: nothing required is left empty.
function emptyFields(form) {
  const empty = {};
  for (const box of form.querySelectorAll(".form-field")) if (box.querySelector(":required")?.value.trim() === "") empty[box.dataset.block] = "Fill this in, please.";
  return empty;
}

// As they are sent: the value of what was chosen, not its words.
function valuesOf(form) {
  const values = Object.fromEntries([...form.querySelectorAll("[type=checkbox]")].map((box) => [box.name, ""]));
  for (const [name, value] of new FormData(form)) {
    const sent = form.elements[name]?.list ? offered.get(value) ?? "" : value;
    values[name] = values[name] ? `${values[name]},${sent}` : sent;
  }
  return values;
}

// Typed to the end, and not chosen from the list.
async function settleTyped(form) {
  for (const field of form.querySelectorAll("input[list]")) {
    const best = field.value && !offered.has(field.value) && (await offerFor(field.name, field, null));
    if (best) field.value = textOf(best.text).join("");
  }
}

async function submit(form, person) {
  const empty = emptyFields(form);
  showErrors(form, empty, "");
  if (Object.keys(empty).length > 0) return;
  await settleTyped(form);
  const result = await call("submit", { person, values: valuesOf(form) });
  if (result.errors) showErrors(form, result.errors, "");
  else if (result.error) showErrors(form, {}, result.error);
  else if (result.acked === false) showErrors(form, {}, "Slack got no answer from the bot. Try again.");
}

let drawn = ""; // the id of the view that is drawn

// Drawn anew: what was typed meanwhile stays, and so does the focus.
function carryOver(from, to) {
  for (const field of to.elements) {
    const before = from?.elements[field.name];
    if (before?.tagName === field.tagName && before.type !== "checkbox" && before.value && !field.value) field.value = before.value;
  }
}

function draw(view, person) {
  const dialog = byId("form");
  const same = drawn === view.id;
  const before = same ? dialog.querySelector("form") : null;
  const at = same ? document.activeElement?.name || document.activeElement?.textContent : "";
  if (!same) offered.clear();
  drawn = view.id;
  const cancel = () => call("close", { person });
  const form = el(
    "form",
    { novalidate: true },
    el("h2", { id: "form-title" }, textOf(view.title)),
    view.blocks.map(blockNode),
    el("p", { class: "form-error error", role: "alert" }),
    el("div", { class: "dialog-buttons" }, button(view.close ? textOf(view.close) : "Close", cancel), view.submit && el("button", { type: "submit", class: "primary" }, textOf(view.submit))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form, person);
  });
  dialog.oncancel = (event) => {
    event.preventDefault();
    cancel();
  };
  carryOver(before, form);
  dialog.replaceChildren(form);
  if (!dialog.open) openModal(dialog);
  const again = at && [...form.elements].find((e) => (e.name || e.textContent) === at);
  (again || form.querySelector("input, select, textarea") || form.querySelector("button"))?.focus();
}

// The form of whoever you are; somebody else's stays open for them.
function refresh() {
  const dialog = byId("form");
  const view = known.modals[you.person.key];
  const now = view ? `${you.person.key} ${view.id} ${view.hash}` : "";
  if (now === shown) return;
  shown = now;
  if (view) draw(view, you.person.key);
  else if (dialog.open) dialog.close();
}

export function startForms() {
  on("modals", refresh);
  on("reset", refresh);
  onPersonChange(refresh);
}
