// The hall board, live: the state comes as server-sent events, is read again each minute, and stays when the connection goes.
"use strict";

const hall = document.getElementById("hall");
const { calls: MOST_CALLS, waiting: MOST_WAITING, ordinary: FIRST_ORDINARY } = hall.dataset;
const READ_SECONDS = 60;
const RETRY_SECONDS = 5;
const PATIENCE_SECONDS = 5; // a stream that comes back by itself is no loss
const NEW_SECONDS = 20;
const byId = (id) => document.getElementById(id);
const isPriority = (ticket) => ticket < Number(FIRST_ORDINARY);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Time: the centre's own, moved by what the service says. A stream may begin with a state from some while ago, so only
// what is ahead of the clock is believed there.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const zone = { timeZone: hall.dataset.zone };
const clockFormat = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(language, { ...zone, weekday: "long", day: "numeric", month: "long" });
let ahead = Date.parse(byId("clock").dateTime) - performance.now();
const now = () => new Date(performance.now() + ahead);

function setClock(told, exact) {
  const found = Date.parse(told) - performance.now();
  ahead = exact ? found : Math.max(ahead, found);
  tick();
}

function tick() {
  const clock = clockFormat.format(now());
  if (byId("clock").textContent === clock) return;
  byId("clock").textContent = clock;
  byId("day").textContent = dayFormat.format(now());
}

// Calls: a key says which call of a ticket it is; a recall is a new one.
const keyOf = (call) => `${call.called_at}/${call.calls}`;
const known = new Set([...document.querySelectorAll("#calls [data-since]")].map((one) => one.dataset.ticket + one.dataset.since));
const fresh = new Map();

function showCalls(calls) {
  const news = calls.filter((call) => !known.has(call.ticket + keyOf(call)));
  known.clear();
  calls.forEach((call) => known.add(call.ticket + keyOf(call)));
  news.forEach((call) => fresh.set(call.ticket, Date.now() + NEW_SECONDS * 1000));
  const shown = calls.slice(0, MOST_CALLS);
  byId("calls").replaceChildren(...shown.map(row));
  byId("calls-none").hidden = calls.length > 0;
  more("calls-more", calls.length - shown.length);
  if (news.length) say(news);
}

function row(call) {
  const one = byId("call").content.firstElementChild.cloneNode(true);
  one.querySelector("[data-what=ticket]").textContent = call.ticket;
  one.querySelector("[data-what=desk]").textContent = call.desk_number;
  one.classList.toggle("is-priority", isPriority(call.ticket));
  one.classList.toggle("is-new", (fresh.get(call.ticket) ?? 0) > Date.now());
  one.dataset.ticket = call.ticket;
  return one;
}

function fade() {
  for (const one of document.querySelectorAll("#calls .is-new")) {
    if ((fresh.get(Number(one.dataset.ticket)) ?? 0) <= Date.now()) one.classList.remove("is-new");
  }
}

// Read out: new calls only, the oldest of them first.
function say(news) {
  const told = news.toReversed().map((call) => filled(hall.dataset.say, { ticket: call.ticket, desk: call.desk_number }));
  byId("spoken").textContent = ""; // a recall is the same text: without a gap nothing would be read out
  setTimeout(() => { byId("spoken").textContent = told.join(". "); }, 150);
  chime();
}

function more(id, count) {
  byId(id).hidden = count <= 0;
  byId(id).querySelector("[data-what=more]").textContent = count;
}

function showWaiting(waiting) {
  const priority = waiting.filter(isPriority).slice(0, MOST_WAITING);
  const ordinary = waiting.filter((ticket) => !isPriority(ticket)).slice(0, MOST_WAITING - priority.length);
  list("priority", priority);
  list("ordinary", ordinary);
  byId("count").textContent = waiting.length;
  byId("waiting-none").hidden = waiting.length > 0;
  more("waiting-more", waiting.length - priority.length - ordinary.length);
}

function list(id, tickets) {
  byId(id).hidden = !tickets.length;
  byId(id).replaceChildren(...tickets.map((ticket) => {
    const one = document.createElement("li");
    one.textContent = ticket;
    return one;
  }));
}

function showWaits(waits) {
  let some = false;
  for (const wait of waits) {
    const place = document.querySelector(`[data-queue="${CSS.escape(wait.queue)}"]`);
    if (!place) continue;
    place.hidden = wait.wait_p50_seconds === null || wait.wait_p90_seconds === null;
    some ||= !place.hidden;
    const [half, most] = [wait.wait_p50_seconds, wait.wait_p90_seconds].map((seconds) => Math.max(1, Math.round(seconds / 60)));
    place.querySelector("dd").textContent = filled(half === most ? hall.dataset.minute : hall.dataset.minutes, { half, most });
  }
  byId("waits").hidden = !some;
}

function showPause(paused) {
  byId("pause").hidden = !paused;
  for (const one of document.querySelectorAll("#pause [data-reason]")) one.hidden = one.dataset.reason !== paused?.reason;
}

let toldAt = byId("clock").textContent;
function show(state, exact) {
  setClock(state.now, exact);
  toldAt = clockFormat.format(now());
  showPause(state.paused);
  showCalls(state.calls);
  showWaiting(state.waiting);
  showWaits(state.waits);
}

// Connection: what was shown last stays, with its age.
let losing = null;
function lost() {
  losing ??= setTimeout(() => {
    byId("lost").textContent = filled(hall.dataset.lost, { time: toldAt });
    hall.classList.add("is-lost");
  }, PATIENCE_SECONDS * 1000);
}

function found() {
  clearTimeout(losing);
  losing = null;
  byId("lost").textContent = "";
  hall.classList.remove("is-lost");
}

function listen() {
  const source = new EventSource(hall.dataset.stream);
  source.onopen = found;
  source.onmessage = (event) => { show(JSON.parse(event.data), false); found(); };
  source.onerror = () => {
    lost();
    if (source.readyState !== EventSource.CLOSED) return; // it comes again by itself
    setTimeout(listen, 5000 + Math.random() * 10000);
  };
}

let readAt = performance.now();
async function read() {
  readAt = performance.now();
  try {
    const answer = await fetch(hall.dataset.board, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json(), true);
    found();
  } catch {
    lost();
  }
}

// Sound: two notes, made here. Browsers allow it after the first touch or key.
const SOUND = "vizyt-board-sound";
let audio = null;

function chime() {
  if (localStorage.getItem(SOUND) !== "on" || audio?.state !== "running") return;
  [[783.99, 0], [587.33, 0.35]].forEach(([hertz, after]) => {
    const [note, loudness, begin] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after];
    note.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, begin);
    loudness.gain.linearRampToValueAtTime(0.5, begin + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, begin + 1.1);
    note.connect(loudness).connect(audio.destination);
    note.start(begin);
    note.stop(begin + 1.2);
  });
}

async function wake() {
  if (localStorage.getItem(SOUND) !== "on") return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") await audio.resume();
  tellSound();
}

function tellSound() {
  const wanted = localStorage.getItem(SOUND) === "on";
  byId("sound").setAttribute("aria-pressed", String(wanted));
  const { on, off, touch } = byId("sound-told").dataset;
  const told = wanted ? (audio?.state === "running" ? on : touch) : off;
  if (byId("sound-told").textContent !== told) byId("sound-told").textContent = told;
}

async function switchSound(event) {
  event.stopPropagation();
  localStorage.setItem(SOUND, localStorage.getItem(SOUND) === "on" ? "off" : "on");
  await wake();
  tellSound();
  chime();
}

byId("sound").addEventListener("click", switchSound);
["pointerdown", "keydown"].forEach((name) => document.addEventListener(name, wake));
if (localStorage.getItem(SOUND) === "on") tellSound();
addEventListener("online", read);
document.addEventListener("visibilitychange", () => { if (!document.hidden) read(); });
setInterval(() => {
  tick();
  fade();
  const pause = hall.classList.contains("is-lost") ? RETRY_SECONDS : READ_SECONDS;
  if (performance.now() - readAt > pause * 1000) read();
}, 500);
listen();
