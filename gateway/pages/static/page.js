// What makes pages livelier. Every page works without it.
"use strict";

// A clock that runs out: <span data-countdown="299" data-then="/where">. `data-warn`, `data-over`: the ids of what is shown
// in the last minute, and in its place when the time is over.
function startCountdown(clock) {
  const ends = Date.now() + Number(clock.dataset.countdown) * 1000;
  const tick = () => {
    if (!clock.isConnected) return clearInterval(timer); // the page shows something else by now
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    clock.classList.toggle("is-short", left <= 60);
    const warning = document.getElementById(clock.dataset.warn);
    const over = document.getElementById(clock.dataset.over);
    if (warning) warning.hidden = left > 60 || (left === 0 && Boolean(over));
    if (left > 0) return;
    clearInterval(timer);
    if (over) over.hidden = false;
    if (clock.dataset.then) location.replace(clock.dataset.then);
  };
  const timer = setInterval(tick, 500);
  tick();
}

// Replaces what lives on this page with what the same page shows now, or, by `data-source`, a smaller one.
async function refresh() {
  const living = [...document.querySelectorAll("[data-live][id]")];
  const sources = new Set(living.map((one) => one.dataset.source || location.href));
  for (const source of sources) {
    await refreshFrom(source, living.filter((one) => (one.dataset.source || location.href) === source));
  }
}

async function refreshFrom(source, living) {
  const answer = await fetch(source, { headers: { accept: "text/html" }, redirect: "manual" });
  if (answer.type === "opaqueredirect") return location.reload(); // signed out meanwhile: the way in is not for scripts
  if (!answer.ok) throw new Error(String(answer.status));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of living) {
    const now = fresh.getElementById(old.id);
    if (now && now.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) {
      old.replaceChildren(...now.childNodes);
      start(old);
    }
  }
  document.dispatchEvent(new CustomEvent("vizyt:refreshed"));
}

function tellConnection(lost) {
  const told = document.getElementById("connection");
  if (told) told.hidden = !lost;
}

// Many news at once are read once. `data-spread`: seconds over which the phones of a whole hall spread their reading.
let asked = false;
async function refreshSoon() {
  if (asked) return;
  asked = true;
  const spread = Math.max(0, ...[...document.querySelectorAll("[data-spread]")].map((one) => Number(one.dataset.spread)));
  await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * spread * 1000));
  asked = false;
  try {
    await refresh();
    tellConnection(false);
  } catch {
    tellConnection(true);
  }
}

// A stream that breaks comes again by itself; one that was refused does not, and perhaps the session is a new one soon.
function listen(address) {
  const source = new EventSource(address);
  source.onmessage = refreshSoon;
  source.onopen = () => tellConnection(false);
  source.onerror = () => {
    tellConnection(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(address), 5000);
  };
}

// <section id="queue" data-live data-stream="/api/v1/…/stream" data-every="30">: woken by the stream, or every so many seconds.
const heard = new Set();
let every;
function startLiving() {
  const living = [...document.querySelectorAll("[data-live]")];
  for (const address of new Set(living.map((one) => one.dataset.stream).filter(Boolean))) {
    if (!heard.has(address)) listen(address);
    heard.add(address);
  }
  const seconds = Math.min(...living.map((one) => Number(one.dataset.every || 0)).filter(Boolean));
  clearInterval(every);
  if (Number.isFinite(seconds)) every = setInterval(refreshSoon, seconds * 1000);
}

// <form data-enhance>: sent without leaving the page, again and again while the connection is away. The form carries its
// Idempotency-Key, so that sending twice does nothing twice. Its buttons with data-plain leave the page.
async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
      const answer = await fetch(address, { method: "POST", body, headers: { accept: "text/html" } });
      if (answer.status !== 503 && answer.status !== 502) return answer;
    } catch {
      // the connection is away
    }
    tellConnection(true);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function enhance(event) {
  const form = event.target.closest("form[data-enhance]");
  if (!form || event.defaultPrevented || event.submitter?.hasAttribute("data-plain")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  const answer = await send(form, event.submitter);
  tellConnection(false);
  show(await answer.text(), answer.url);
}

function show(text, address) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const main = fresh.querySelector("main");
  document.title = fresh.title;
  document.documentElement.lang = fresh.documentElement.lang;
  document.querySelector("main").replaceWith(main);
  if (new URL(address).pathname !== location.pathname) history.replaceState(null, "", address);
  start(main);
  startLiving();
  focusFirst(main);
  document.dispatchEvent(new CustomEvent("vizyt:refreshed"));
}

// After something was sent, the reader is told what matters first: what is wrong, or where they are now.
function focusFirst(part) {
  const first = part.querySelector("[data-focus]") || part.querySelector("h1");
  if (!first) return;
  if (!first.hasAttribute("tabindex")) first.tabIndex = -1;
  first.focus();
}

function start(part) {
  part.querySelectorAll("[data-countdown]").forEach(startCountdown);
  part.querySelectorAll("[data-needs-script]").forEach((one) => { one.hidden = false; });
}

document.addEventListener("submit", enhance);
document.addEventListener("DOMContentLoaded", () => {
  start(document);
  startLiving();
  if (document.querySelector("[data-focus]")) focusFirst(document);
});
