// The keys of the desk: one letter presses the button that shows it. They rest while somebody types, and can be switched
// off for good (WCAG 2.1.4). The place of the key counts, not its letter: they work in Ukrainian and in Latin.
"use strict";

const SHORTCUTS = "vizyt-shortcuts";

function shortcutsOn() {
  try {
    return localStorage.getItem(SHORTCUTS) !== "off";
  } catch {
    return true;
  }
}

function switchShortcuts(on) {
  try {
    localStorage.setItem(SHORTCUTS, on ? "on" : "off");
  } catch {
    // they are switched until the page is left
  }
  showShortcuts(on);
}

function showShortcuts(on) {
  document.documentElement.classList.toggle("has-no-shortcuts", !on);
  const box = document.getElementById("shortcuts");
  if (box) box.checked = on;
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]") !== null;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (document.documentElement.classList.contains("has-no-shortcuts")) return;
  const button = document.querySelector(`[data-shortcut="${CSS.escape(event.code)}"]:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

// Escape leaves a field, so that the keys act again.
function leave(event) {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
}

document.addEventListener("keydown", press);
document.addEventListener("keydown", leave);
document.addEventListener("change", (event) => {
  if (event.target.id === "shortcuts") switchShortcuts(event.target.checked);
});
document.addEventListener("vizyt:refreshed", () => showShortcuts(!document.documentElement.classList.contains("has-no-shortcuts")));
document.addEventListener("DOMContentLoaded", () => showShortcuts(shortcutsOn()));
