// Draws each specification beside its canvas, again when the theme changes.
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
    legend: { labelColor: colour("--text"), labelFontSize: 12 },
    text: { color: colour("--text"), fontSize: innerWidth < 480 ? 10 : 12 },
  };
}

function draw(canvas) {
  const data = document.getElementById(canvas.dataset.chart);
  if (!data || !window.vegaEmbed) return;
  vegaEmbed(canvas, JSON.parse(data.textContent), {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    config: themed(),
  }).then(() => canvas.classList.add("drawn"));
}

function drawAll(root) {
  for (const canvas of root.querySelectorAll("[data-chart]")) draw(canvas);
}

document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
document.addEventListener("theme", () => drawAll(document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
