// The question while it is changed. A swap leaves the field in use alone; the focus goes where
// something was added; the last answer stays, dimmed, until there is a new one; undo takes back
// the last change. Without this script the form is sent and the page comes anew.
import { isKnown, valuesIn } from "./pasted.js";
import { leave, suggest } from "./picker.js";

const TYPED = "input:not([type=checkbox], [type=radio], [type=hidden])";
const report = () => document.getElementById("report");
const isTyped = (field) => field?.matches?.(`#report ${TYPED}`) ?? false;

// --- Swaps ---------------------------------------------------------------------------------------

// False leaves what is there as it is.
function beforeNodeMorphed(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE || old.id !== fresh.id) return true;
  if (["report-name", "segment-description"].includes(old.id) && old.value !== old.defaultValue) return false;
  if (old.matches(".result")) return answered(old, fresh);
  // What is suggested there is of the field in use.
  if (old.matches("[data-list]")) return false;
  if ("keep" in fresh.dataset && !document.querySelector(".result [data-blank]")) return false;
  if (unsent.has(old)) return false;
  if (old !== document.activeElement || !old.matches("input, select, textarea")) return true;
  // What stands in it is the user's; what the server knows of it is only noted.
  if (isTyped(old)) {
    const typed = old.value;
    old.defaultValue = fresh.defaultValue ?? "";
    if (old.value !== typed) old.value = typed;
  }
  return false;
}

function answered(old, fresh) {
  const waiting = fresh.querySelector(".waiting");
  if (old.querySelector("[data-blank]") || (!("keep" in fresh.dataset) && !waiting)) {
    old.replaceWith(fresh);
    return false;
  }
  for (const button of document.querySelectorAll("#save button")) button.disabled = !waiting;
  old.querySelector(":scope > .waiting")?.remove();
  if (waiting) old.prepend(waiting);
  old.classList.add("stale");
  return false;
}

// Folded or not is the reader's, and so is what scripts say of a field in use.
function beforeAttributeUpdated(name, node) {
  return !(name === "open" && node.localName === "details");
}

Object.assign(Idiomorph.defaults.callbacks, { beforeNodeMorphed, beforeAttributeUpdated });

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches(".result")) event.target.classList.remove("stale");
});

// --- What is sent --------------------------------------------------------------------------------

// Fields that were left and whose change still waits: an answer to what was asked before leaves them.
const unsent = new Set();
document.addEventListener("change", ({ target }) => target.form?.id === "definition" && unsent.add(target));

// While a button's change is on its way nothing else is sent: it carries all fields anyway.
let acting = false;
document.addEventListener("htmx:confirm", (event) => {
  if (event.target.id === "definition" && acting && event.detail.triggeringEvent?.type === "change") event.preventDefault();
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "definition") acting = "do" in event.detail.requestConfig.parameters;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "definition") acting = false;
});

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "definition") return;
  unsent.clear();
  const { triggeringEvent, formData } = event.detail;
  if (triggeringEvent?.type === "submit") return;
  // A button that merely has the focus while a field is left was not pressed.
  formData.delete("do");
  // What is being typed elsewhere is not said yet.
  const field = document.activeElement;
  if (!isTyped(field) || field === triggeringEvent?.target) return;
  const alike = [...field.form.elements].filter((each) => each.name === field.name && (each.type !== "checkbox" || each.checked));
  formData.delete(field.name);
  for (const each of alike) formData.append(each.name, each === field ? each.defaultValue : each.value);
});

// --- Focus ---------------------------------------------------------------------------------------

let place = null; // The part of the form that held the focus, and the field to go on to.
let next = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "definition") place = document.activeElement?.closest(".part, .controls")?.querySelector("h2")?.id ?? null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "report" && event.target.id !== "definition") return;
  const fresh = document.getElementById(report()?.dataset.fresh || "");
  if (report()) report().dataset.fresh = "";
  const asked = next && document.getElementById(next);
  if (asked && document.activeElement?.dataset?.leads === next) {
    next = "";
    return go(asked);
  }
  if (fresh && !isTyped(document.activeElement)) return go(fresh);
  if (document.activeElement === document.body && place) {
    const buttons = document.getElementById(place)?.closest(".part").querySelectorAll("p > .link");
    [...(buttons ?? [])].at(-1)?.focus();
  }
});

// Who presses "+" types on at once: what comes before its field is there goes into it.
let early = null;
let patience;
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-builder] button[name=do][value^=add-]")) return;
  early = "";
  clearTimeout(patience);
  patience = setTimeout(() => (early = null), 5000);
});
document.addEventListener(
  "keydown",
  (event) => {
    const goes = early !== null && event.key.length === 1 && !(event.ctrlKey || event.metaKey || event.altKey);
    if (!goes || isTyped(document.activeElement) || event.key === " ") return;
    event.preventDefault();
    event.stopPropagation();
    early += event.key;
  },
  { capture: true },
);

function go(field) {
  const typed = early;
  early = null;
  reveal(field);
  field.focus();
  if (typed && isTyped(field)) {
    field.value += typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.scrollIntoView({ block: "nearest" });
  if (field.matches("[data-suggestions]")) suggest(field);
}

// Once it is chosen what is compared, its value is next.
document.addEventListener("chosen", (event) => {
  next = event.target.dataset.leads ?? "";
});

// --- The fields of a sentence --------------------------------------------------------------------

const FIRST = ["input.name:placeholder-shown", "[data-adds]", "input.value", "select.value", "select.verb"];

// Opens the fields that a field stands in; left, they give the focus back to what they say.
function reveal(field) {
  const fields = field.closest(".fields");
  if (!fields || fields.matches(":popover-open")) return;
  const says = document.querySelector(`[popovertarget="${fields.id}"]`);
  says.focus();
  fields.showPopover({ source: says });
}

document.addEventListener(
  "toggle",
  (event) => {
    const fields = event.target;
    if (!fields.matches?.(".fields")) return;
    if (event.newState === "closed") return shut(fields.querySelector("[data-list]"));
    if (innerWidth < 640) fields.closest(".condition").scrollIntoView({ block: "start" });
    if (!fields.contains(document.activeElement)) go(FIRST.map((each) => fields.querySelector(each)).find(Boolean));
  },
  { capture: true },
);

function shut(list) {
  if (!list.hasChildNodes()) return;
  leave();
  list.replaceChildren();
}

// Whoever goes on to something else by the keyboard is done with them.
document.addEventListener("focusin", ({ target }) => {
  const fields = document.querySelector(".fields:popover-open");
  if (fields && !fields.contains(target) && target.getAttribute("popovertarget") !== fields.id) fields.hidePopover();
  if (fields?.contains(target) && isTyped(target) && !target.matches("[data-suggestions]")) leave();
});
// --- Several values ------------------------------------------------------------------------------

const chips = (field) => [...field.parentElement.querySelectorAll(".chip")];
const valueOf = (chip) => chip.querySelector("input").value;

// Turns texts into chips before their field, as the server would.
function addChips(field, texts) {
  const known = chips(field).map(valueOf);
  for (const text of new Set(texts.map((each) => each.trim()))) {
    if (!text || known.includes(text)) continue;
    const chip = Object.assign(document.createElement("label"), { className: "chip" });
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: field.name, value: text, checked: true });
    chip.append(box, text);
    const or = Object.assign(document.createElement("span"), { textContent: "or" });
    field.before(...(known.length ? [or] : []), chip);
    known.push(text);
  }
}

function removeChip(chip) {
  [chip.nextElementSibling, chip.previousElementSibling].find((each) => each?.textContent === "or")?.remove();
  chip.remove();
}

const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

// Not when the field is merely left: what was clicked meanwhile would move away from under the
// pointer. What is chosen a second time goes again.
document.addEventListener("chosen", ({ target: field }) => {
  if (!field.matches("[data-adds]")) return;
  const chip = chips(field).find((each) => valueOf(each) === field.value);
  announce(`${field.value} ${chip ? "is taken away" : "is added"}`);
  if (chip) removeChip(chip);
  else addChips(field, [field.value]);
  field.value = "";
});
document.addEventListener("paste", async (event) => {
  const field = event.target;
  if (!field.matches?.("[data-adds]")) return;
  const pasted = event.clipboardData?.getData("text") ?? "";
  const { value, selectionStart, selectionEnd } = field;
  const text = `${value.slice(0, selectionStart ?? 0)}${pasted}${value.slice(selectionEnd ?? value.length)}`;
  const texts = valuesIn(text, field.type === "number");
  if (texts.length < 2 && texts[0] === text.trim()) return;
  event.preventDefault();
  // Emptied at once, so that what is typed while the server is asked stays.
  field.value = "";
  addChips(field, texts.length > 1 && (await isKnown(field, text.trim())) ? [text] : texts);
  changed(chips(field).at(-1).querySelector("input"));
});
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-adds]")) return;
  const last = chips(field).at(-1);
  if (event.key === "Backspace" && !field.value && last) {
    removeChip(last);
    changed(field);
  }
  if (event.key === "Enter" && field.value && !event.defaultPrevented && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    addChips(field, [field.value]);
    field.value = "";
    changed(field);
  }
});

// Enter takes what was typed; with nothing more to take it is the end of the fields.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  const fields = field.localName === "input" && field.closest(".fields:popover-open");
  if (event.key !== "Enter" || !fields || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (!field.dataset.leads || !field.value) return fields.hidePopover();
  next = field.dataset.leads;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// --- One of several ways -------------------------------------------------------------------------

// Whoever points at one is done; the arrow keys look at them one after the other.
document.addEventListener("click", (event) => {
  if (event.detail) event.target.closest?.(".menu label.pick")?.closest("[popover]").hidePopover();
});

// --- Period --------------------------------------------------------------------------------------

// Days by themselves; `whole` is what they are a part of, to which a button leads back.
export function setDays(start, end, whole = "") {
  const form = document.getElementById("definition");
  const { period, start: first, end: last } = form.elements;
  document.getElementById("whole")?.remove();
  if (whole) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "whole", id: "whole", value: whole }));
  period.value = "custom";
  first.value = start;
  last.value = end;
  last.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("zoom", ({ detail: { start, end } }) => {
  const { period, start: first, end: last, whole } = document.getElementById("definition").elements;
  const days = period.value === "custom" ? `${first.value}..${last.value}` : period.value;
  const within = [start > first.value ? start : first.value, end && end < last.value ? end : last.value];
  setDays(...within, whole?.value || days);
  announce("The chart shows the days that were dragged across.");
});

// --- Undo ----------------------------------------------------------------------------------------

const before = [];
let current = location.href;
document.addEventListener("htmx:pushedIntoHistory", () => {
  if (location.href !== current) before.push(current);
  current = location.href;
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
  const field = document.activeElement;
  const isChanged = isTyped(field) && field.value !== field.defaultValue;
  if (isChanged || field?.id === "report-name" || !before.length) return;
  event.preventDefault();
  current = before.pop();
  history.pushState({ htmx: true }, "", current);
  field?.blur();
  htmx.ajax("GET", current, { target: "#report", swap: "morph:outerHTML", source: "#report" });
  announce("The last change is taken back.");
});

// --- Order ---------------------------------------------------------------------------------------

// Cards are reordered by dragging their mark; the menu of each does it by keyboard.
let dragged = null;
const over = (event) => dragged && event.target.closest?.("[data-card]");
const mark = (card) => {
  for (const each of document.querySelectorAll("[data-card]")) each.classList.toggle("over", each === card);
};
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-card]");
  if (dragged) event.dataTransfer.setDragImage(dragged, 0, 0);
});
document.addEventListener("dragover", (event) => {
  mark(over(event));
  if (over(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const card = over(event);
  if (!card || card === dragged) return;
  event.preventDefault();
  const button = Object.assign(document.createElement("button"), { name: "do", hidden: true });
  button.value = `move-event-${dragged.dataset.card}-to-${card.dataset.card}`;
  card.closest("form").append(button);
  button.click();
  button.remove();
});
document.addEventListener("dragend", () => {
  dragged = null;
  mark(null);
});

// --- Leaving -------------------------------------------------------------------------------------

// Whoever leaves a saved report that differs from what is saved is asked; saving it is no leaving.
let saving = false;
document.addEventListener("submit", (event) => {
  saving = event.target.method === "post";
});
window.addEventListener("beforeunload", (event) => {
  if (report()?.matches("[data-edited]") && !saving) event.preventDefault();
});
