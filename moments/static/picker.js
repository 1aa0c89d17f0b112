// Suggestions under a field that knows where to ask for them: names and values that are really
// there, with their counts. Without this script the browser's own list serves.
import Combobox from "./vendor/combobox-nav-3.0.2.js";

const PAUSE = 120;
let picker = null;

class Picker {
  constructor(field) {
    this.field = field;
    field.removeAttribute("list");
    // The fields of a sentence have a place for it; elsewhere it floats.
    this.inside = field.closest(".fields:popover-open")?.querySelector("[data-list]");
    this.list = this.inside ?? this.floating();
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.list.setAttribute("aria-multiselectable", String(this.isMany));
    this.keys = new Combobox(field, this.list, { tabInsertsSuggestions: false });
    this.gone = new AbortController();
    const { signal } = this.gone;
    this.list.addEventListener("combobox-commit", (event) => this.choose(event.target.dataset.value), { signal });
    // The field keeps the focus while something is clicked, or gets it back.
    this.list.addEventListener(
      "mousedown",
      (event) => {
        event.preventDefault();
        if (!this.isOpen) this.start();
        this.field.focus();
      },
      { signal },
    );
  }

  // Whether one more of several values is chosen from the same list.
  get isMany() {
    return Boolean(this.inside) && this.field.matches("[data-adds]");
  }

  // Outside of what is swapped, so that an answer that arrives leaves it open.
  floating() {
    const list = Object.assign(document.createElement("div"), { id: `${this.field.id}-suggestions`, className: "picker" });
    list.popover = "manual";
    document.getElementById("main").append(list);
    return list;
  }

  start() {
    this.isOpen = true;
    if (!this.inside) this.list.showPopover();
    this.keys.start();
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
    this.mark();
    if (!this.isOpen) this.start();
    this.place();
    const count = this.list.querySelectorAll("[role=option]").length;
    announce(count === 1 ? "1 suggestion" : `${count} suggestions`);
  }

  // Which of several values are chosen already. The keys say with aria-selected where they stand.
  mark() {
    if (!this.isMany) return;
    const chosen = new Set([...this.field.parentElement.querySelectorAll(".chip :checked")].map((each) => each.value));
    for (const option of this.list.querySelectorAll("[role=option]")) option.setAttribute("aria-checked", String(chosen.has(option.dataset.value)));
  }

  // As wide as the clause that the field stands in; a sheet at the bottom where that is narrow.
  place() {
    if (this.inside || innerWidth < 640) return;
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
    this.isOpen = false;
    if (!this.inside) this.list.hidePopover();
    this.keys.stop();
  }

  choose(value) {
    const typed = this.field.value;
    this.field.value = value;
    if (!this.isMany) this.close();
    if (!this.isMany) this.field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.later);
    this.field.dispatchEvent(new Event("chosen", { bubbles: true }));
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    // What was typed chose among them; all are there for the next one.
    if (this.isMany && typed) this.open("");
  }

  leave() {
    this.close();
    this.keys.destroy();
    this.gone.abort();
    if (this.inside) this.list.replaceChildren();
    else this.list.remove();
    for (const name of this.inside ? ["role", "aria-label", "aria-multiselectable"] : []) this.list.removeAttribute(name);
  }
}

// A swap takes from a field that was left what made it one of a picker.
function of(field) {
  if (picker?.field !== field || !field.matches("[role=combobox]")) {
    leave();
    picker = new Picker(field);
  }
  return picker;
}

// Takes away what is suggested, and where it stood.
export function leave() {
  picker?.leave();
  picker = null;
}

// Opens the suggestions of a field that has the focus.
export function suggest(field) {
  of(field).open("");
}

document.addEventListener("focusin", (event) => {
  if (!event.target.matches?.("[data-suggestions]")) return;
  const mine = of(event.target);
  if (!mine.inside || mine.isOpen) return;
  if (mine.list.hasChildNodes()) mine.start();
  else mine.open("");
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
  // Where one of several was chosen the next key goes on from there.
  if (event.key === "Enter" && mine.isMany && event.defaultPrevented) return;
  if (["Escape", "Tab", "Enter"].includes(event.key)) mine.close();
  if (event.key === "Enter" && mine.isMany) mine.open("");
});
// Values come and go by the list, by keys and by a click on one of them.
document.addEventListener("change", (event) => {
  if (picker?.isMany && picker.field.parentElement?.contains(event.target)) picker.mark();
});
document.addEventListener("focusout", (event) => {
  if (picker && event.target === picker.field) picker.close();
});
addEventListener("scroll", (event) => picker?.inside || picker?.list.contains(event.target) || picker?.close(), { capture: true, passive: true });
