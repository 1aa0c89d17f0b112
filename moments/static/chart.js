// What is read off a chart: a crosshair goes from bucket to bucket, by pointer or by arrow keys, and
// a card lists all series there. A click near a point leads to its people, a drag across buckets asks
// for their days alone. The legend switches series. Everything it says the SVG holds.
const NEAR = 24; // So close a click means a point, in pixels.
const DRAG = 6; // So far a pointer moves before it drags.
const SVG = "http://www.w3.org/2000/svg";

class Reading {
  constructor(figure) {
    this.canvas = figure.querySelector(".canvas");
    this.plot = figure.querySelector(".plot");
    this.cross = this.plot.querySelector(".cross");
    this.legend = [...figure.querySelectorAll("button[data-series]")];
    this.points = new Map();
    for (const point of this.plot.querySelectorAll("[data-n]")) {
      const n = Number(point.dataset.n);
      this.points.set(n, [...(this.points.get(n) ?? []), point]);
    }
    this.buckets = [...this.points.keys()].sort((a, b) => a - b);
    this.card = Object.assign(document.createElement("div"), { className: "reading", hidden: true });
    this.canvas.append(this.card);
    const inside = (event) => this.card.contains(event.target);
    this.canvas.addEventListener("pointermove", (event) => this.dragTo(event) || inside(event) || this.pinned || this.show(this.nearest(event)));
    this.canvas.addEventListener("pointerleave", () => this.pinned || this.hide());
    this.canvas.addEventListener("click", (event) => inside(event) || this.click(event));
    // By finger a chart is scrolled over; the period has a control of its own.
    this.canvas.addEventListener("pointerdown", (event) => event.pointerType === "touch" || event.button || inside(event) || this.grab(event));
    this.canvas.addEventListener("pointerup", (event) => this.drop(event));
    this.canvas.addEventListener("pointercancel", () => this.letGo());
    this.canvas.addEventListener("dragstart", (event) => event.preventDefault());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focusout", (event) => this.canvas.contains(event.relatedTarget) || this.hide());
    for (const button of this.legend) button.addEventListener("click", () => this.toggle(button));
  }

  // Where the drawing begins in the canvas, and how wide it is: without the room for its labels.
  get box() {
    const style = getComputedStyle(this.plot);
    const [left, right] = [parseFloat(style.paddingLeft), parseFloat(style.paddingRight)];
    return { left, width: this.plot.getBoundingClientRect().width - left - right };
  }

  x(bucket) {
    return Number(this.points.get(bucket)[0].dataset.x);
  }

  nearest(event) {
    const { left, width } = this.box;
    const at = (100 * (event.clientX - this.plot.getBoundingClientRect().left - left)) / width;
    return this.buckets.reduce((best, each) => (Math.abs(this.x(each) - at) < Math.abs(this.x(best) - at) ? each : best));
  }

  show(bucket) {
    if (this.bucket === bucket) return;
    this.clear();
    const here = this.points.get(bucket).filter((each) => !each.parentElement.classList.contains("off"));
    if (!here.length) return;
    this.bucket = bucket;
    for (const each of here) each.classList.add("chosen");
    this.cross.setAttribute("x1", `${this.x(bucket)}%`);
    this.cross.setAttribute("x2", `${this.x(bucket)}%`);
    this.cross.setAttribute("visibility", "visible");
    const now = here.find((each) => !each.parentElement.dataset.before) ?? here[0];
    const title = Object.assign(document.createElement("strong"), { textContent: now.dataset.day });
    const list = document.createElement("dl");
    here.sort((a, b) => b.dataset.value - a.dataset.value);
    for (const each of here) list.append(...this.row(each));
    this.card.replaceChildren(title, list);
    this.card.hidden = false;
    this.place();
  }

  row(point) {
    const { name, sign, before } = point.parentElement.dataset;
    const term = document.createElement("dt");
    const look = [...point.parentElement.classList].find((each) => each.startsWith("series-"));
    const mark = Object.assign(document.createElement("span"), { className: `sign ${look}`, textContent: sign });
    term.append(mark, ` ${name}${before ? ` (${point.dataset.day})` : ""}`);
    const href = point.getAttribute("href");
    const value = href ? Object.assign(document.createElement("a"), { href }) : document.createElement("span");
    value.textContent = point.dataset.text;
    const figure = document.createElement("dd");
    figure.append(value, point.dataset.formula ? ` = ${point.dataset.formula}` : "");
    return [term, figure];
  }

  // Beside the crosshair, on the side that has room.
  place() {
    const { left, width } = this.box;
    const x = left + (width * this.x(this.bucket)) / 100;
    const room = this.canvas.clientWidth - this.card.offsetWidth;
    const at = x + 12 <= room ? x + 12 : x - 12 - this.card.offsetWidth;
    this.card.style.left = `${Math.max(0, Math.min(at, room))}px`;
  }

  clear() {
    for (const each of this.plot.querySelectorAll(".chosen")) each.classList.remove("chosen");
    this.cross.setAttribute("visibility", "hidden");
    this.card.hidden = true;
    this.bucket = undefined;
  }

  hide() {
    this.clear();
    this.pinned = false;
    this.card.classList.remove("pinned");
  }

  pin(bucket) {
    this.hide();
    this.show(bucket);
    this.pinned = true;
    this.card.classList.add("pinned");
  }

  click(event) {
    if (this.dragged) {
      this.dragged = false;
      return event.preventDefault();
    }
    if (event.target.closest("a")) return;
    const bucket = this.nearest(event);
    const point = event.pointerType === "touch" ? undefined : this.near(event, bucket);
    if (point) point.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    else this.pin(bucket);
  }

  // The point of a bucket that a pointer is close to, and that leads somewhere.
  near(event, bucket) {
    const far = (each) => {
      const box = each.getBoundingClientRect();
      return Math.abs(box.top + box.height / 2 - event.clientY);
    };
    const shown = this.points.get(bucket).filter((each) => each.hasAttribute("href") && !each.parentElement.classList.contains("off"));
    return shown.sort((a, b) => far(a) - far(b)).find((each) => far(each) <= NEAR);
  }

  // --- Dragging ---

  get days() {
    return [...this.plot.querySelectorAll("[data-from]")];
  }

  grab(event) {
    this.dragged = false;
    if (this.canvas.closest("[data-report]") && this.days.length > 2) this.from = { x: event.clientX, bucket: this.nearest(event) };
  }

  // True while something is dragged.
  dragTo(event) {
    if (!this.from || Math.abs(event.clientX - this.from.x) < DRAG) return this.dragged && Boolean(this.from);
    if (!this.dragged) {
      this.dragged = true;
      this.hide();
      this.canvas.setPointerCapture(event.pointerId);
      this.area = document.createElementNS(SVG, "rect");
      this.area.setAttribute("class", "area");
      this.area.setAttribute("height", "100%");
      this.plot.prepend(this.area);
    }
    const [left, right] = [this.x(this.from.bucket), this.x(this.nearest(event))].sort((a, b) => a - b);
    this.area.setAttribute("x", `${left}%`);
    this.area.setAttribute("width", `${right - left}%`);
    return true;
  }

  drop(event) {
    if (!this.from) return;
    const [first, last] = [this.from.bucket, this.nearest(event)].sort((a, b) => a - b);
    const isAcross = this.dragged && first < last;
    this.letGo();
    if (isAcross) this.zoom(first, last);
  }

  letGo() {
    this.area?.remove();
    this.from = undefined;
  }

  // The days of these buckets: to the day before the next one begins.
  zoom(first, last) {
    const from = (n) => this.days.find((each) => Number(each.dataset.n) >= n)?.dataset.from;
    const [start, latest, next] = [from(first), from(last), from(last + 1)];
    const before = (text) => new Date(Date.parse(text) - 86400000).toISOString().slice(0, 10);
    // Of the last one the period knows the end; an hour ends in its own day.
    const end = next && (next > latest ? before(next) : latest);
    this.canvas.dispatchEvent(new CustomEvent("zoom", { bubbles: true, detail: { start, end } }));
  }

  key(event) {
    const last = this.buckets.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
    if (event.key === "Escape") {
      this.letGo();
      this.hide();
    }
    if (event.key === "Enter" && event.target === this.canvas && this.bucket !== undefined) {
      this.pin(this.bucket);
      this.card.querySelector("a")?.focus();
    }
    if (!(event.key in steps)) return;
    event.preventDefault();
    const from = this.bucket === undefined ? (steps[event.key] > 0 ? -1 : last + 1) : this.buckets.indexOf(this.bucket);
    this.show(this.buckets[Math.max(0, Math.min(last, from + steps[event.key]))]);
    announce(this.card.innerText);
  }

  // One series at least stays.
  toggle(button) {
    const on = button.ariaPressed === "true";
    if (on && this.legend.filter((each) => each.ariaPressed === "true").length === 1) return;
    button.ariaPressed = String(!on);
    for (const each of this.plot.querySelectorAll(`g[data-series="${button.dataset.series}"]`)) each.classList.toggle("off", on);
    this.hide();
  }
}

function readable(root) {
  for (const figure of root.querySelectorAll("figure[data-lines]:not(.readable)")) {
    figure.classList.add("readable");
    new Reading(figure);
  }
}

document.addEventListener("DOMContentLoaded", () => readable(document));
document.addEventListener("htmx:afterSettle", (event) => readable(event.target));
