// A dashboard: full screen, print, tiles that say what went wrong, an order by dragging. The order
// by keyboard is buttons; without this script everything but full screen and print works.
for (const button of document.querySelectorAll("[data-full], [data-print]")) button.hidden = false;
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;

document.addEventListener("change", (event) => event.target.closest("[data-auto]")?.requestSubmit());
document.addEventListener("click", (event) => {
  const full = event.target.closest("[data-full]");
  if (full && document.fullscreenElement) document.exitFullscreen();
  else if (full) document.getElementById(full.dataset.full).requestFullscreen();
  if (event.target.closest("[data-print]")) window.print();
  const again = event.target.closest("[data-again]");
  if (again) htmx.trigger(again.closest(".result"), "again");
});

// In print all tiles stand on one page: laid out as on a wide screen, then made as small as it takes.
const WIDE = 1440;
const PAGE = 920;
window.addEventListener("beforeprint", () => {
  const board = document.getElementById("board");
  if (!board) return;
  board.style.inlineSize = `${WIDE}px`;
  board.style.zoom = 1;
  const zoom = Math.min(0.5, PAGE / board.getBoundingClientRect().height);
  board.style.inlineSize = "";
  board.style.zoom = zoom;
});
window.addEventListener("afterprint", () => {
  const board = document.getElementById("board");
  if (board) board.style.zoom = "";
});

// --- Tiles ---------------------------------------------------------------------------------------

function failed(event) {
  const tile = event.target.closest?.(".tile .result");
  if (!tile) return;
  const note = document.createElement("p");
  note.setAttribute("role", "alert");
  note.append("This tile did not load. ");
  note.append(Object.assign(document.createElement("button"), { className: "link", type: "button", textContent: "Try again" }));
  note.lastChild.dataset.again = "";
  tile.replaceChildren(note);
  tile.removeAttribute("aria-busy");
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);

// All tiles are of one load of data: once all are there, those of an older one are asked again.
let asked = 0;
document.addEventListener("htmx:afterSettle", (event) => {
  const tile = event.target.closest?.(".tile .result");
  if (!tile || tile.querySelector(".waiting")) return;
  tile.removeAttribute("aria-busy");
  const board = document.getElementById("board");
  if (board.querySelector("[aria-busy]")) return;
  const loads = [...board.querySelectorAll("[data-load]")];
  const newest = Math.max(...loads.map((each) => Number(each.dataset.load)));
  const old = loads.filter((each) => Number(each.dataset.load) < newest);
  if (old.length && asked < 3) {
    asked += 1;
    for (const each of old) htmx.trigger(each.closest(".result"), "again");
  } else {
    announce("All tiles are here.");
  }
});

// --- Order ---------------------------------------------------------------------------------------

let dragged = null;
const over = (event) => dragged && event.target.closest?.("[data-tile]");
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".handle")?.closest("[data-tile]");
  if (dragged) event.dataTransfer.setDragImage(dragged, 0, 0);
});
document.addEventListener("dragover", (event) => {
  for (const each of document.querySelectorAll("[data-tile]")) each.classList.toggle("over", each === over(event));
  if (over(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const tile = over(event);
  if (!tile || tile === dragged) return;
  event.preventDefault();
  const button = Object.assign(document.createElement("button"), { name: "do", hidden: true });
  button.value = `move-${dragged.dataset.tile}-to-${tile.dataset.place}`;
  tile.closest("form").append(button);
  button.click();
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const each of document.querySelectorAll("[data-tile]")) each.classList.remove("over");
});

// What was refused says so in the place of the page, too.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, serverResponse } = event.detail;
  if (target.id !== "arranging" || ![400, 409].includes(xhr.status) || !serverResponse.includes('id="arranging"')) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

// The focus stays with the button that was pressed, or goes to the next one of its tile.
document.addEventListener("htmx:afterSettle", () => {
  const pressed = document.getElementById("arranging")?.dataset.pressed;
  const button = pressed && document.getElementById(pressed);
  if (!button) return;
  const usable = button.disabled ? button.parentElement.querySelector("button:not(:disabled)") : button;
  usable.focus();
  const tile = button.closest("[data-tile]");
  announce(`${tile.querySelector("h2").textContent} is tile ${Number(tile.dataset.place) + 1} now.`);
});
