// Suggestions under a field that knows where to ask for them: names and values that are really
// there, with their counts. Without this script the browser's own list serves.
import Combobox from "./vendor/combobox-nav-3.0.2.js";

const PAUSE = 120;
let picker = null;

class Picker {
  constructor(field) {
    this.field = field;
    field.removeAttribute("list");
    this.list = document.createElement("div");
    this.list.id = `${field.id}-suggestions`;
    this.list.className = "picker";
    this.list.popover = "manual";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    // Outside of what is swapped, so that an answer that arrives leaves it open.
    document.getElementById("main").append(this.list);
    this.keys = new Combobox(field, this.list, { tabInsertsSuggestions: false });
    this.list.addEventListener("combobox-commit", (event) => this.choose(event.target.dataset.value));
    // The field keeps the focus while something is clicked.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return this.list.matches(":popover-open");
  }

  async open(text) {
    this.asked?.abort();
    this.asked = new AbortController();
    const address = `${this.field.dataset.suggestions}&q=${encodeURIComponent(text)}`;
    let answer;
    let options;
    try {
      answer = await fetch(address, { signal: this.asked.signal });
      options = await answer.text();
    } catch {
      return; // Asked again meanwhile, or the server is away: the field works without.
    }
    if (!answer.ok || document.activeElement !== this.field) return;
    this.list.innerHTML = options;
    if (!this.isOpen) {
      this.list.showPopover();
      this.keys.start();
    }
    this.place();
    const count = this.list.querySelectorAll("[role=option]").length;
    announce(count === 1 ? "1 suggestion" : `${count} suggestions`);
  }

  // As wide as the clause that the field stands in; a sheet at the bottom where that is narrow.
  place() {
    if (innerWidth < 640) return;
    const box = this.field.getBoundingClientRect();
    const clause = (this.field.closest(".clause") ?? this.field).getBoundingClientRect();
    const below = innerHeight - box.bottom;
    const up = below < this.list.offsetHeight + 8 && box.top > below;
    this.list.style.left = `${clause.left}px`;
    this.list.style.minWidth = `${clause.width}px`;
    this.list.style.top = `${up ? box.top - this.list.offsetHeight - 6 : box.bottom + 6}px`;
  }

  close() {
    clearTimeout(this.later);
    this.asked?.abort();
    if (!this.isOpen) return;
    this.list.hidePopover();
    this.keys.stop();
  }

  choose(value) {
    this.field.value = value;
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.later);
    this.field.dispatchEvent(new Event("chosen", { bubbles: true }));
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  leave() {
    this.close();
    this.keys.destroy();
    this.list.remove();
  }
}

function of(field) {
  if (picker?.field !== field) {
    picker?.leave();
    picker = new Picker(field);
  }
  return picker;
}

// Opens the suggestions of a field that has the focus.
export function suggest(field) {
  of(field).open("");
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-suggestions]")) of(event.target);
});
document.addEventListener("click", (event) => {
  if (event.target.matches("[data-suggestions]")) suggest(event.target);
});
document.addEventListener("input", (event) => {
  if (!event.isTrusted || !event.target.matches("[data-suggestions]")) return;
  const mine = of(event.target);
  clearTimeout(mine.later);
  mine.later = setTimeout(() => mine.open(mine.field.value), PAUSE);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-suggestions]")) return;
  const mine = of(event.target);
  if (event.key === "ArrowDown" && !mine.isOpen) {
    event.preventDefault();
    mine.open("");
  }
  if (["Escape", "Tab", "Enter"].includes(event.key)) mine.close();
});
document.addEventListener("focusout", (event) => {
  if (picker && event.target === picker.field) picker.close();
});
addEventListener("scroll", (event) => picker?.list.contains(event.target) || picker?.close(), { capture: true, passive: true });
