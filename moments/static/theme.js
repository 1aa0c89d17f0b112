// Before anything is drawn: the theme that was chosen here, else the system's.
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
// Styles tell by it what only scripts can undo.
document.documentElement.classList.add("scripts");
