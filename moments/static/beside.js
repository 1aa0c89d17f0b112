// The people behind a number, beside the answer that it is of. The address says which number it is,
// so Back closes them again; without this script the number leads to a page of its own.
const PREFIX = "of-";
const panel = () => document.getElementById("beside");
let opener = null; // What was followed: where the focus goes back to.

// What of an address is about the report alone.
function split(address) {
  const url = new URL(address, location.href);
  const place = new URLSearchParams();
  for (const [key, value] of [...url.searchParams]) {
    if (!key.startsWith(PREFIX)) continue;
    place.append(key, value);
    url.searchParams.delete(key);
  }
  return { url, place };
}

function withPlace(address, place) {
  const { url } = split(address);
  for (const [key, value] of place) url.searchParams.append(key, value);
  return url;
}

async function show(place) {
  const aside = panel();
  const wasOpen = !aside.hidden;
  aside.hidden = false;
  aside.setAttribute("aria-busy", "true");
  cover(true);
  if (!wasOpen) aside.innerHTML = '<div class="skeleton" aria-hidden="true"></div>';
  for (const each of document.querySelectorAll(".answer .followed")) each.classList.remove("followed");
  opener?.classList.add("followed");
  // Its card would lie over its neighbours as long as the pointer rests.
  if (opener?.closest(".pillar")) closeCard(opener.closest(".pillar"));
  await htmx.ajax("GET", `${aside.dataset.people}&${place}`, { target: "#beside", swap: "innerHTML", source: "#beside" });
  aside.removeAttribute("aria-busy");
  if (aside.hidden) return;
  (aside.querySelector("h2") ?? aside.querySelector("a"))?.focus({ preventScroll: true });
  opener?.scrollIntoView({ block: "nearest" });
}

// What it lies over is not reached while it does.
function cover(isCovered) {
  document.getElementById("question").inert = isCovered && matchMedia("(width >= 68.75rem)").matches;
}

function hide() {
  const aside = panel();
  if (!aside || aside.hidden) return;
  const hadFocus = aside.contains(document.activeElement) || document.activeElement === document.body;
  aside.hidden = true;
  aside.replaceChildren();
  cover(false);
  for (const each of document.querySelectorAll(".answer .followed")) each.classList.remove("followed");
  if (!hadFocus || !opener?.isConnected) return;
  // What is read off a chart goes with its focus; then the chart has it.
  opener.focus();
  if (document.activeElement !== opener) opener.closest("figure")?.querySelector(".canvas")?.focus();
}

function close() {
  if (history.state?.beside) return history.back();
  history.replaceState({ htmx: true }, "", split(location.href).url);
  here = location.href;
  hide();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#beside [data-close]")) return close();
  // A bar's card lies over the bar.
  const link = event.target.closest?.(".answer a[href]") ?? event.target.closest?.(".answer .pillar")?.querySelector("a.top[href]");
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  const href = link?.getAttribute("href");
  if (!isPlain || !panel() || !href?.startsWith(panel().dataset.people.split("?")[0])) return;
  const { place } = split(href);
  if (![...place].length) return;
  event.preventDefault();
  opener = link;
  const address = withPlace(location.href, place);
  // From number to number it is still one step back.
  if (panel().hidden) history.pushState({ htmx: true, beside: true }, "", address);
  else history.replaceState(history.state, "", address);
  here = location.href;
  show(place);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !panel() || panel().hidden) return;
  if (document.querySelector(":popover-open") || document.activeElement.closest?.(".canvas, .pillar, #definition")) return;
  close();
});

// The address of what is shown: where only the number differs from it the page stays as it is.
let here = location.href;
for (const name of ["htmx:pushedIntoHistory", "htmx:afterSettle"]) {
  document.addEventListener(name, () => (here = location.href));
}
addEventListener("popstate", (event) => {
  if (!panel() || split(here).url.href !== split(location.href).url.href) return;
  event.stopImmediatePropagation();
  here = location.href;
  const { place } = split(here);
  if ([...place].length) show(place);
  else hide();
});

// A new answer has other numbers.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id === "report") hide();
});
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
function failed(event) {
  if (event.target.id !== "beside") return;
  const note = Object.assign(document.createElement("p"), { className: "note bad" });
  const link = Object.assign(document.createElement("a"), { href: event.detail.pathInfo.requestPath, textContent: "Try it as a page" });
  note.append("These people could not be fetched. ", link);
  const x = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "Close" });
  x.dataset.close = "";
  panel().replaceChildren(note, x);
}

addEventListener("load", () => {
  if (panel()?.dataset.place) show(split(location.href).place);
});
