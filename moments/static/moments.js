// Small helps that a page can do without: the theme switch, copying, a key that renders.
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
});

// What streams is held still until it is let go on: nothing asks for more meanwhile.
document.addEventListener("click", (event) => {
  const hold = event.target.closest("[data-hold]");
  if (!hold) return;
  const isHeld = hold.getAttribute("aria-pressed") !== "true";
  hold.setAttribute("aria-pressed", String(isHeld));
  announce(isHeld ? "Held still" : "Goes on");
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.querySelector(`[data-hold="${event.target.id}"][aria-pressed=true]`)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    document.querySelector("[data-builder]")?.requestSubmit();
  }
  if (event.key === "Escape") {
    for (const shown of document.querySelectorAll(".pillar:hover, .pillar:focus-within")) closeCard(shown);
  }
});

// The card of a bar stays away until the bar is left.
function closeCard(bar) {
  bar.classList.add("closed");
  const again = () => bar.classList.remove("closed");
  bar.addEventListener("pointerleave", again, { once: true });
}

// A control whose menu was left by a choice in it is closed.
document.addEventListener("click", (event) => {
  const menu = event.target.closest(".menu button, .menu a")?.closest("[popover]");
  // Once the choice was taken: a button that is hidden is no longer the one that was pressed.
  if (menu?.matches(":popover-open")) setTimeout(() => menu.hidePopover());
});

// A new project most likely wants the zone of whoever makes it.
const zones = document.querySelector("select[data-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zones && [...zones.options].some((each) => each.value === here)) zones.value = here;
