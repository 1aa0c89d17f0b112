// A calendar under fields of days: one day, or the first and last of several. Where a finger points
// the browser's own serves, and without this script so it does everywhere.
import { setDays } from "./builder.js";

const DAY = 86400000;
const isFine = matchMedia("(pointer: fine)");
const iso = (time) => new Date(time).toISOString().slice(0, 10);
const time = (text) => Date.parse(`${text}T00:00Z`);
const said = (options) => new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...options });
const MONTH = said({ month: "long", year: "numeric" });
const FULL = said({ dateStyle: "full" });
const NAME = said({ weekday: "short" });

const today = () => time(document.getElementById("definition").dataset.today);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// One month at a time in a `host`; `picked` is told the day, or the first and the last day.
class Calendar {
  constructor(host, isRange, picked) {
    Object.assign(this, { host, isRange, picked });
    host.classList.add("calendar");
    host.addEventListener("click", (event) => this.click(event));
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("pointerover", (event) => this.reach(event.target));
    host.addEventListener("focusin", (event) => this.reach(event.target));
  }

  // What is chosen; the day that the arrow keys begin at is its last.
  open(first, last) {
    [this.first, this.last, this.begun] = [time(first), time(last), false];
    this.from = document.getElementById("definition").dataset.weeks === "sunday" ? 0 : 1;
    this.draw(Number.isNaN(this.last) ? today() : this.last);
  }

  draw(day, hasFocus = false) {
    this.day = day;
    const month = new Date(day);
    const start = Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), 1);
    const lead = (new Date(start).getUTCDay() - this.from + 7) % 7;
    const weeks = Array.from({ length: 6 }, (_, week) => this.week(start + (7 * week - lead) * DAY, start));
    const names = Array.from({ length: 7 }, (_, n) => element("th", { scope: "col", textContent: NAME.format((3 + this.from + n) * DAY) }));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...names)), element("tbody", {}, ...weeks));
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", MONTH.format(start));
    const turn = (by, label, sign) => {
      const button = element("button", { type: "button", className: "button bare", textContent: sign });
      button.setAttribute("aria-label", label);
      button.dataset.turn = by;
      return button;
    };
    const head = element("div", { className: "row" }, turn(-1, "Month before", "‹"), element("b", { textContent: MONTH.format(start) }), turn(1, "Month after", "›"));
    this.host.replaceChildren(head, table);
    if (hasFocus) this.host.querySelector(`[data-day="${iso(day)}"]`).focus();
  }

  week(first, month) {
    const days = Array.from({ length: 7 }, (_, n) => {
      const day = first + n * DAY;
      const button = element("button", { type: "button", tabIndex: day === this.day ? 0 : -1, textContent: new Date(day).getUTCDate() });
      button.dataset.day = iso(day);
      button.setAttribute("aria-label", FULL.format(day));
      button.classList.toggle("outside", new Date(day).getUTCMonth() !== new Date(month).getUTCMonth());
      this.mark(button, day);
      return element("td", {}, button);
    });
    return element("tr", {}, ...days);
  }

  mark(button, day) {
    const isIn = day >= Math.min(this.first, this.last) && day <= Math.max(this.first, this.last);
    button.setAttribute("aria-pressed", String(isIn));
    button.classList.toggle("edge", day === this.first || day === this.last);
  }

  // Once the first day is chosen, the others up to where somebody points.
  reach(target) {
    if (!this.begun || !target.dataset?.day) return;
    this.last = time(target.dataset.day);
    for (const button of this.host.querySelectorAll("[data-day]")) this.mark(button, time(button.dataset.day));
  }

  click({ target }) {
    if (target.dataset.turn) {
      const day = this.moved(Number(target.dataset.turn));
      this.draw(day);
      this.host.querySelector(`[data-turn="${target.dataset.turn}"]`).focus();
      announce(MONTH.format(day));
    }
    if (target.dataset.day) this.choose(time(target.dataset.day));
  }

  choose(day) {
    if (this.isRange && !this.begun) {
      [this.first, this.last, this.begun] = [day, day, true];
      this.draw(day, true);
      return announce("The first day. Now choose the last one.");
    }
    const [first, last] = [this.isRange ? this.first : day, day].sort((a, b) => a - b);
    Object.assign(this, { first, last, begun: false });
    this.draw(day, true);
    this.picked(iso(first), iso(last));
  }

  // The same day of another month, or its last.
  moved(months) {
    const day = new Date(this.day);
    const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months + 1, 0)).getUTCDate();
    return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, Math.min(day.getUTCDate(), last));
  }

  key(event) {
    if (!event.target.dataset.day) return;
    const day = time(event.target.dataset.day);
    this.day = day;
    const weekday = (new Date(day).getUTCDay() - this.from + 7) % 7;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -weekday, End: 6 - weekday };
    if (event.key in steps) this.draw(day + steps[event.key] * DAY, true);
    else if (event.key === "PageUp" || event.key === "PageDown") this.draw(this.moved(event.key === "PageUp" ? -1 : 1), true);
    else return;
    event.preventDefault();
    this.reach(document.activeElement);
  }
}

// --- The days of the report ----------------------------------------------------------------------

document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.id !== "days-panel" || event.newState !== "open") return;
    const [start, end] = ["start", "end"].map((id) => document.getElementById(id).value);
    const months = document.getElementById("months");
    months.made ??= new Calendar(months, true, (first, last) => {
      setDays(first, last);
      document.getElementById("days-panel").hidePopover();
    });
    months.made.open(start, end);
    if (isFine.matches) document.getElementById("spoken").focus();
  },
  { capture: true },
);
// Whoever gives days means them, whatever is chosen beside them.
document.addEventListener(
  "change",
  (event) => {
    if (!event.target.matches("#start, #end")) return;
    document.getElementById("period").value = "custom";
    if (event.isTrusted) document.getElementById("whole")?.remove();
  },
  { capture: true },
);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "spoken") return;
  setTimeout(() => document.getElementById("days-panel").hidePopover());
});

// --- The days of a condition ---------------------------------------------------------------------

// Among the fields of a sentence, in the place of what is suggested for others: one day, or the
// first and the last of several.
const AGO = { today: [0, 0], yesterday: [1, 1], "7 days ago": [7, 7], "30 days ago": [30, 30], "90 days ago": [90, 90] };
const LAST = { "last 7 days": [6, 0], "last 30 days": [29, 0], "last 90 days": [89, 0] };
let fields = [];

// Gives each of the fields its day; the focus goes back to the last one.
function give(...days) {
  fields.forEach((field, n) => (field.value = days[n]));
  fields.at(-1).focus();
  for (const field of fields) for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
}

// A calendar with the words for what is chosen most.
function offer(spoken, isRange) {
  const words = element("p", { className: "row" });
  for (const [name, ago] of Object.entries(spoken)) {
    const button = element("button", { type: "button", className: "link small", textContent: name });
    button.addEventListener("click", () => give(...ago.map((days) => iso(today() - days * DAY))));
    words.append(button);
  }
  const month = element("div");
  return { nodes: [words, month], calendar: new Calendar(month, isRange, give) };
}

const offers = [offer(AGO, false), offer(LAST, true)];
const asks = (target) => target.matches?.(".fields:popover-open input[type=date]") && isFine.matches;
document.addEventListener("focusin", ({ target }) => {
  if (!asks(target)) return;
  const list = target.closest(".fields").querySelector("[data-list]");
  const alike = [...target.parentElement.querySelectorAll("input[type=date]")];
  const { nodes, calendar } = offers[alike.length - 1];
  fields = alike;
  list.replaceChildren(...nodes);
  calendar.open(fields[0].value, fields.at(-1).value);
});
document.addEventListener("click", (event) => asks(event.target) && event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (!asks(event.target) || event.key !== "ArrowDown" || !event.altKey) return;
  event.preventDefault();
  event.target.closest(".fields").querySelector('[data-day][tabindex="0"]').focus();
});
