// Draws each specification beside its canvas, again when the theme changes. A crosshair shows all
// values of a bucket, by pointer or by arrow keys; the legend switches series.
function themed() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const font = style.getPropertyValue("--font").trim();
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: {
      labelColor: colour("--quiet"),
      titleColor: colour("--quiet"),
      gridColor: colour("--line"),
      tickColor: colour("--line"),
      domainColor: colour("--line"),
      labelFontSize: 12,
      labelPadding: 6,
    },
    rule: { color: colour("--text") },
    text: { color: colour("--text"), fontSize: innerWidth < 480 ? 10 : 12 },
  };
}

function draw(canvas) {
  const data = document.getElementById(canvas.dataset.chart);
  if (!data || !window.vegaEmbed) return;
  const spec = JSON.parse(data.textContent);
  vegaEmbed(canvas, spec, {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    config: themed(),
  }).then(({ view }) => {
    canvas.classList.add("drawn");
    if (spec.params) new Reading(canvas, view, spec.data.values);
  });
}

// What is read off the lines: one bucket at a time, all of its series.
class Reading {
  constructor(canvas, view, rows) {
    Object.assign(this, { canvas, view, rows });
    this.legend = [...canvas.closest("figure").querySelectorAll("[data-series]")];
    this.buckets = 1 + Math.max(...rows.map((row) => row.order));
    this.card = Object.assign(document.createElement("div"), { className: "reading", hidden: true });
    canvas.append(this.card);
    canvas.reading?.stop.abort();
    canvas.reading = this;
    this.stop = new AbortController();
    const on = (target, name, act) => target.addEventListener(name, act, { signal: this.stop.signal });
    on(canvas, "pointermove", (event) => this.card.contains(event.target) || this.pinned || this.show(this.nearest(event)));
    on(canvas, "pointerleave", () => this.pinned || this.hide());
    on(canvas, "click", (event) => this.card.contains(event.target) || this.pin(this.nearest(event)));
    on(canvas, "keydown", (event) => this.key(event));
    on(canvas, "focusout", (event) => canvas.contains(event.relatedTarget) || this.hide());
    for (const button of this.legend) on(button, "click", () => this.toggle(button));
    this.filter();
  }

  nearest(event) {
    const box = this.canvas.querySelector("svg").getBoundingClientRect();
    const x = event.clientX - box.left - this.view.origin()[0];
    const order = Math.round(this.view.scale("x").invert(x));
    return Math.max(0, Math.min(this.buckets - 1, order));
  }

  get hidden() {
    return this.legend.filter((each) => each.ariaPressed === "false").map((each) => each.dataset.series);
  }

  show(order) {
    if (this.order === order && !this.card.hidden) return;
    this.order = order;
    this.view.signal("chosen", order).runAsync();
    const here = this.rows.filter((row) => row.order === order && !this.hidden.includes(row.series));
    here.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
    const head = here.find((row) => !row.before) ?? here[0];
    if (!head) return this.hide();
    const list = document.createElement("dl");
    for (const row of here) {
      const name = document.createElement("dt");
      name.textContent = row.name + (row.before ? ` (${row.day})` : "");
      const value = document.createElement("dd");
      const link = row.place && row.value ? Object.assign(document.createElement("a"), { href: `${this.canvas.dataset.behind}&${row.place}` }) : document.createElement("span");
      link.textContent = row.text;
      value.append(link, row.formula ? ` = ${row.formula}` : "");
      list.append(name, value);
    }
    const title = Object.assign(document.createElement("strong"), { textContent: head.day + (head.partial ? " (partial)" : "") });
    this.card.replaceChildren(title, list);
    this.card.hidden = false;
    const x = this.view.origin()[0] + this.view.scale("x")(order);
    const room = this.canvas.clientWidth - this.card.offsetWidth;
    const right = x + 12 <= room ? x + 12 : x - 12 - this.card.offsetWidth;
    this.card.style.left = `${Math.max(0, Math.min(right, room))}px`;
  }

  hide() {
    this.pinned = false;
    this.order = undefined;
    this.card.hidden = true;
    this.card.classList.remove("pinned");
    this.view.signal("chosen", -1).runAsync();
  }

  pin(order) {
    this.hide();
    this.show(order);
    this.pinned = true;
    this.card.classList.add("pinned");
  }

  key(event) {
    const last = this.buckets - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
    if (event.key === "Escape") this.hide();
    if (event.key === "Enter" && event.target === this.canvas && this.order !== undefined) {
      this.pin(this.order);
      this.card.querySelector("a")?.focus();
    }
    if (!(event.key in steps)) return;
    event.preventDefault();
    const from = this.order ?? (steps[event.key] > 0 ? -1 : last + 1);
    this.show(Math.max(0, Math.min(last, from + steps[event.key])));
    announce(this.card.innerText);
  }

  // One series at least stays.
  toggle(button) {
    if (button.ariaPressed === "true" && this.hidden.length === this.legend.length - 1) return;
    button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
    this.hide();
    this.filter();
  }

  filter() {
    this.view.signal("hidden", this.hidden).runAsync();
  }
}

function drawAll(root) {
  for (const canvas of root.querySelectorAll("[data-chart]")) draw(canvas);
}

document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
document.addEventListener("theme", () => drawAll(document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
