// Keys that work on every page, each written at what it does (data-keys: one key, or two in a row),
// and the list under the search field. Without this script the field leads to a page of results.
import Combobox from "./vendor/combobox-nav-3.0.2.js";

// So long the first of two keys is waited for.
const WAIT = 1200;
const BUSY = "input, textarea, select, [contenteditable], [role=listbox]";
let first = "";
let waiting;

function press(element) {
  if (element.matches("details")) {
    element.open = true;
    element.querySelector("form :is(input:not([type=hidden]), select)")?.focus();
  } else if (element.matches("input")) {
    element.focus();
    element.select();
  } else {
    element.click();
  }
}

// What stands in the page comes before what stands in the frame around it.
function found(keys) {
  return [...document.querySelectorAll("[data-keys]:not(:disabled)")].findLast((each) => each.dataset.keys === keys);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    const held = found(`Control+${event.key}`);
    if (!held) return;
    event.preventDefault();
    return press(held);
  }
  if (event.target.closest?.(BUSY)) return;
  const key = event.key === " " ? "Space" : event.key;
  if (key === "Space" && event.target.closest?.("button, a, summary")) return;
  const keys = first ? `${first} ${key}` : key;
  const pressed = found(keys);
  clearTimeout(waiting);
  first = "";
  if (pressed) {
    event.preventDefault();
    press(pressed);
  } else if (document.querySelector(`[data-keys^="${CSS.escape(keys)} "]`)) {
    first = keys;
    waiting = setTimeout(() => (first = ""), WAIT);
  }
});

const field = document.getElementById("search");
const list = document.getElementById("found");

if (field) {
  const keys = new Combobox(field, list, { tabInsertsSuggestions: false });
  const isOpen = () => list.matches(":popover-open");

  const open = () => {
    if (isOpen()) return;
    list.showPopover();
    keys.start();
  };
  const close = () => {
    if (!isOpen()) return;
    list.hidePopover();
    keys.stop();
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== list) return;
    if (!list.childElementCount || document.activeElement !== field) return close();
    open();
    const count = list.querySelectorAll("[role=option]").length;
    announce(count === 1 ? "1 result" : `${count} results`);
  });
  // A click on the link follows it by itself; the key that chooses it comes as a click, too.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  field.addEventListener("focusout", close);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (isOpen()) {
      event.preventDefault();
      close();
    } else {
      field.blur();
    }
  });
}
