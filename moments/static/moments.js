// Small helps that a page can do without: the theme switch, menus that close, a key that renders.
function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

// Says something to those who listen instead of look.
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    document.dispatchEvent(new CustomEvent("theme"));
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
    copy.textContent = "Copied";
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    document.querySelector("[data-builder]")?.requestSubmit();
  }
  if (event.key === "Escape") {
    for (const shown of document.querySelectorAll(".pillar:hover, .pillar:focus-within")) {
      shown.classList.add("closed");
      const again = () => shown.classList.remove("closed");
      for (const left of ["pointerleave", "focusout"]) shown.addEventListener(left, again, { once: true });
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  }
});

// Cards are reordered by dragging their mark; the menu of each does it by keyboard.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-card]");
  if (dragged) event.dataTransfer.setDragImage(dragged, 0, 0);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest?.("[data-card]");
  for (const card of document.querySelectorAll("[data-card]")) card.classList.toggle("over", card === over);
  if (over) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const over = dragged && event.target.closest?.("[data-card]");
  if (over && over !== dragged) {
    event.preventDefault();
    const form = over.closest("form");
    const button = Object.assign(document.createElement("button"), { name: "do", hidden: true });
    button.value = `move-event-${dragged.dataset.card}-to-${over.dataset.card}`;
    form.append(button);
    button.click();
  }
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const card of document.querySelectorAll(".over")) card.classList.remove("over");
});

// A button that merely has the focus while a field is left was not pressed.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type !== "submit") delete event.detail.parameters.do;
});

// On a narrow screen the definition is folded to its sentence beside an answer, until it is opened.
const unfolded = () => document.documentElement.classList.contains("unfolded");
document.addEventListener("click", (event) => {
  const sentence = event.target.closest("[data-fold]");
  if (!sentence) return;
  document.documentElement.classList.toggle("unfolded");
  sentence.ariaExpanded = unfolded();
});
document.addEventListener("htmx:afterSettle", () => {
  const sentence = document.querySelector("[data-fold]");
  if (sentence) sentence.ariaExpanded = unfolded();
});
