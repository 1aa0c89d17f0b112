// What is read off a chart: a crosshair goes from bucket to bucket, by pointer or by arrow keys, and
// a card lists all series there. The legend switches series. Everything it says the SVG holds.
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
    this.canvas.addEventListener("pointermove", (event) => inside(event) || this.pinned || this.show(this.nearest(event)));
    this.canvas.addEventListener("pointerleave", () => this.pinned || this.hide());
    this.canvas.addEventListener("click", (event) => event.target.closest("a") || inside(event) || this.pin(this.nearest(event)));
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

  key(event) {
    const last = this.buckets.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
    if (event.key === "Escape") this.hide();
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
