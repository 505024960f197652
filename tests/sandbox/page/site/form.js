// The forms (modals) that the bot opens for a person: a dialog with real labels; what is wrong stands at its field.
import { button, byId, el } from "./dom.js";
import { textOf } from "./blocks.js";
import { call, known, on } from "./live.js";
import { onPersonChange, you } from "./people.js";

let shown = ""; // the view that the dialog shows, by id and hash

function optionNode(option, chosen) {
  return el("option", { value: option.value, selected: option.value === chosen }, textOf(option.text));
}

function fieldOf(element, id, optional) {
  const common = { id, name: element.action_id, required: !optional, "aria-describedby": `${id}-hint ${id}-error` };
  if (element.type === "static_select" || element.type === "radio_buttons") {
    const chosen = element.initial_option?.value;
    return el("select", common, !chosen && el("option", { value: "" }, "Choose…"), element.options.map((o) => optionNode(o, chosen)));
  }
  const limits = { maxlength: element.max_length, minlength: element.min_length, placeholder: element.placeholder?.text };
  if (element.multiline) {
    const area = el("textarea", { ...common, ...limits, rows: "3" });
    area.value = element.initial_value ?? "";
    return area;
  }
  return el("input", { ...common, ...limits, type: "text", value: element.initial_value ?? "" });
}

function inputBlock(block) {
  const id = `field-${block.block_id}`;
  return el(
    "div",
    { class: "form-field", data: { block: block.block_id } },
    el("label", { for: id }, textOf(block.label), block.optional && el("span", { class: "quiet" }, " (optional)")),
    fieldOf(block.element, id, block.optional),
    el("p", { class: "hint", id: `${id}-hint` }, textOf(block.hint)),
    el("p", { class: "error", id: `${id}-error`, role: "alert" }),
  );
}

function blockNode(block) {
  if (block.type === "input") return inputBlock(block);
  if (block.type === "context") return el("p", { class: "context" }, block.elements.map((e) => textOf(e)).flat());
  return el("p", {}, textOf(block.text));
}

function showErrors(form, errors, sentence) {
  for (const box of form.querySelectorAll(".form-field")) {
    const text = errors[box.dataset.block] ?? "";
    box.querySelector(".error").textContent = text;
    box.querySelector("input, select, textarea").setAttribute("aria-invalid", String(text !== ""));
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

async function submit(form, person) {
  const empty = emptyFields(form);
  showErrors(form, empty, "");
  if (Object.keys(empty).length > 0) return;
  const values = {};
  for (const [name, value] of new FormData(form)) if (value !== "") values[name] = value;
  const result = await call("submit", { person, values });
  if (result.errors) showErrors(form, result.errors, "");
  else if (result.error) showErrors(form, {}, result.error);
  else if (result.acked === false) showErrors(form, {}, "Slack got no answer from the bot. Try again.");
}

function draw(view, person) {
  const dialog = byId("form");
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
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  form.querySelector("input, select, textarea")?.focus();
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
