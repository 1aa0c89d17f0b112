// What a browser says of a passkey that was not used, in words, where it was asked for.
const REASONS = {
  NotAllowedError: "No passkey was used: it was cancelled, or took too long. Try again.",
  InvalidStateError: "This passkey is here already.",
  SecurityError: "Passkeys work at https alone.",
};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const form = document.querySelector("[data-passkey]");
  const said = form.querySelector("[data-passkey-error]") ?? document.createElement("p");
  said.dataset.passkeyError = "";
  said.className = "error";
  said.setAttribute("role", "alert");
  said.textContent = REASONS[event.detail.exception?.name] ?? "The passkey could not be used. Try again.";
  form.append(said);
});
