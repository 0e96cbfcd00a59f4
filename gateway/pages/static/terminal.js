// The terminal in the hall: forgets whoever went away, types digits, prints. It works without this, too.
"use strict";

const SIGNS_OF_LIFE = ["pointerdown", "pointermove", "keydown", "input", "wheel"];
let lastSign = Date.now();
let askedAt = 0;

function home() {
  return document.querySelector("[data-home]")?.dataset.home;
}

// Nothing that was filled in stays: not in the page, not in the browser's memory of pages that were left.
function forget(address) {
  document.querySelector("main").replaceChildren();
  location.replace(address);
}

// Who did not touch anything for a while is asked, and has time to answer (WCAG 2.2.1).
function watch() {
  const screen = document.querySelector("[data-idle]");
  const dialog = document.getElementById("still-here");
  if (!screen || !dialog || screen.dataset.idle === "0") return;
  if (!dialog.open && Date.now() - lastSign >= Number(screen.dataset.idle) * 1000) ask(dialog);
  if (dialog.open) count(dialog, Number(screen.dataset.answer));
}

function ask(dialog) {
  askedAt = Date.now();
  dialog.querySelector("[data-hurry]").textContent = "";
  dialog.showModal();
}

function count(dialog, seconds) {
  const left = Math.max(0, Math.ceil(seconds - (Date.now() - askedAt) / 1000));
  dialog.querySelector("[data-left]").textContent = String(left);
  const hurry = dialog.querySelector("[data-hurry]");
  if (left <= 10 && !hurry.textContent) hurry.textContent = hurry.dataset.hurry;
  if (left === 0) forget(home());
}

function stay() {
  lastSign = Date.now();
  document.getElementById("still-here")?.close();
}

// The keypad writes where the visitor was last, else into the first number field that is shown.
let lastField = null;

function numberField(key) {
  const form = key.closest("form");
  const fields = [...form.querySelectorAll("input[inputmode=numeric]")].filter((one) => one.offsetParent);
  return fields.includes(lastField) ? lastField : fields[0];
}

function press(key) {
  const field = numberField(key);
  if (!field) return;
  if (key.dataset.erase) field.value = key.dataset.erase === "all" ? "" : field.value.slice(0, -1);
  else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key.dataset.digit;
}

// A scanner types wherever the visitor happens to be: what it reads belongs into its field.
function catchScanner(event) {
  const typing = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (typing && !event.target.closest("input, select, dialog")) document.getElementById("token")?.focus();
}

// A kiosk that is opened with ?print=auto prints each ticket once by itself; ?print=ask goes back to the button.
function printing() {
  const wanted = new URLSearchParams(location.search).get("print");
  if (wanted) localStorage.setItem("vizyt-print", wanted);
  const ticket = document.querySelector("[data-ticket]")?.dataset.ticket;
  if (!ticket || localStorage.getItem("vizyt-print") !== "auto" || sessionStorage.getItem("vizyt-printed") === ticket) return;
  sessionStorage.setItem("vizyt-printed", ticket);
  window.print();
}

function onClick(event) {
  const at = (what) => event.target.closest(what);
  if (at("[data-stay]")) stay();
  else if (at("[data-digit], [data-erase]")) press(at("[data-digit], [data-erase]"));
  else if (at("[data-print]")) window.print();
  else if (at("[data-forget]")) {
    event.preventDefault();
    forget(at("[data-forget]").href);
  }
}

SIGNS_OF_LIFE.forEach((name) => document.addEventListener(name, () => { lastSign = Date.now(); }, { passive: true }));
document.addEventListener("focusin", (event) => { if (event.target.matches("input")) lastField = event.target; });
document.addEventListener("click", onClick);
document.addEventListener("keydown", catchScanner);
document.addEventListener("vizyt:refreshed", () => { stay(); printing(); });
document.addEventListener("DOMContentLoaded", printing);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("close", (event) => { if (event.target.id === "still-here") lastSign = Date.now(); }, true);
setInterval(watch, 250);
