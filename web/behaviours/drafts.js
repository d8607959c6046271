// Drafts: a form marked data-draft="what" keeps itself in this browser until the server has taken it.
// It works on plain http, belongs to one user (body[data-user]), forgets after seven days, and leaves out passwords,
// files and everything marked data-secret. Its key, made here, is sent as draft_key: sent twice is stored once.
// Sent without a connection it waits, and goes by itself, once, when the connection is back.
import { calmly, every, make } from "./dom.js";

const DAYS = 7 * 24 * 3600 * 1000;
const LEFT = "jishi:left";
const user = () => document.body.dataset.user ?? "";
const place = (form) => `jishi:draft:${user()}:${form.dataset.draft}`;
const isKept = (field) => field.name && field.name !== "draft_key" && !["password", "file", "submit", "button"].includes(field.type)
  && !(field.type === "hidden" && !field.closest("[data-choose]")) && !field.closest("[data-secret]");

export function drafts(root) {
  if (root === document) { sweep(); settle(); }
  every(root, "form[data-draft]", (form) => {
    const key = form.querySelector("input[name=draft_key]") ?? form.appendChild(make("input", { type: "hidden", name: "draft_key" }));
    const kept = read(place(form));
    key.value = kept?.key ?? randomKey();
    if (kept && !form.hasAttribute("data-answered")) restore(form, kept);
    const save = calmly(400, () => {
      // What was sent a moment ago, and is the same still, goes on waiting.
      const [before, fields] = [read(place(form)), take(form)];
      if (before?.waits && JSON.stringify(before.fields) === JSON.stringify(fields)) return;
      write(place(form), { key: key.value, at: Date.now(), fields });
      say(form, `已暂存 ${clock(Date.now())}`);
    });
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("submit", (event) => {
      // Without a connection the browser would leave the page for its own error: stay, keep, and say when to send.
      if (navigator.onLine === false) {
        event.preventDefault();
        const by = event.submitter?.name ? [event.submitter.name, event.submitter.value] : [];
        write(place(form), { key: key.value, at: Date.now(), fields: take(form), waits: by });
        say(form, "现在没有网络，内容已暂存在本机，联网后自动提交");
        return;
      }
      write(place(form), { key: key.value, at: Date.now(), fields: take(form) });
      try { sessionStorage.setItem(LEFT, JSON.stringify({ place: place(form), page: location.pathname })); } catch { /* then the draft simply stays */ }
    });
    window.addEventListener("online", () => send(form));
    if (kept?.waits && !form.hasAttribute("data-answered")) offer(form, kept.waits);
    // A form sent by htmx has been taken when the answer leads elsewhere.
    form.addEventListener("htmx:after:request", ({ detail }) => {
      const { status, headers } = detail.ctx.response ?? {};
      if (status < 400 && (headers?.get("HX-Redirect") || headers?.get("HX-Location"))) localStorage.removeItem(place(form));
    });
  });
}

// What was sent without a connection, and not touched since, goes when the server can be reached; until then it waits.
async function send(form) {
  const kept = form.isConnected ? read(place(form)) : null;
  if (!kept?.waits) return;
  say(form, "已联网，正在提交");
  try { await fetch(location.href, { method: "HEAD", cache: "no-store" }); } catch { say(form, "网络还连不上服务器，内容仍在本机，连上后自动提交"); return; }
  const now = read(place(form));
  if (!now?.waits) return;
  const { waits, ...sent } = now;
  write(place(form), sent);
  press(form, waits);
}

function press(form, [name, value]) {
  form.requestSubmit(name ? [...form.elements].find((it) => it.type === "submit" && it.name === name && it.value === value) : undefined);
}

// A page that was closed meanwhile asks first: whoever opens it again may want to look.
function offer(form, waits) {
  const go = make("button", { type: "button", class: "btn main sm" }, "现在提交");
  const note = make("div", { class: "notice", role: "status" }, make("div", {}, "这份内容上次提交时没有网络，还没有交上去。"), go);
  go.addEventListener("click", () => { note.remove(); press(form, waits); });
  form.prepend(note);
}

// A browser does not tell a page that its form was answered by a redirect. It tells the next page that it was reached by one:
// if that is an ordinary page without a refusal, came from the form's page, and does not hold the form again, the server has taken it.
function settle() {
  const left = read(LEFT, sessionStorage);
  if (!left) return;
  try { sessionStorage.removeItem(LEFT); } catch { return; }
  const [arrival] = performance.getEntriesByType("navigation");
  const cameFrom = document.referrer ? new URL(document.referrer).pathname : left.page;
  const again = [...document.querySelectorAll("form[data-draft]")].some((form) => place(form) === left.place);
  if (arrival?.redirectCount > 0 && cameFrom === left.page && !again && document.body.dataset.page === "ordinary" && !document.querySelector(".flash.bad")) localStorage.removeItem(left.place);
}

function sweep() {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("jishi:draft:") && !(Date.now() - (read(name)?.at ?? 0) < DAYS)) localStorage.removeItem(name);
    }
  } catch { /* storage is switched off: no drafts */ }
}

function take(form) {
  return [...form.elements].filter(isKept).map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? [field.value, field.checked] : field.value]);
}

function restore(form, kept) {
  const before = take(form);
  const wanted = kept.fields.map(([name, value]) => [name, value]);
  if (JSON.stringify(before) === JSON.stringify(wanted)) return;
  put(form, wanted);
  const drop = make("button", { type: "button", class: "btn quiet sm" }, "不要它，从头填");
  const note = make("div", { class: "notice", role: "status" }, make("div", {}, `这是 ${day(kept.at)} ${clock(kept.at)} 暂存在本机的内容，还没有保存到系统。`), drop);
  drop.addEventListener("click", () => {
    localStorage.removeItem(place(form));
    form.querySelector("input[name=draft_key]").value = randomKey();
    put(form, before);
    note.remove();
  });
  form.prepend(note);
}

function put(form, fields) {
  const rest = [...form.elements].filter(isKept);
  for (const [name, value] of fields) {
    const at = rest.findIndex((field) => field.name === name && (!Array.isArray(value) || field.value === value[0]));
    if (at < 0) continue;
    const [field] = rest.splice(at, 1);
    if (Array.isArray(value)) field.checked = value[1]; else field.value = value;
    field.dispatchEvent(new Event("restored", { bubbles: true }));
  }
}

const say = (form, words) => { const state = form.querySelector("[data-draft-state]") ?? document.querySelector("[data-draft-state]"); if (state) state.textContent = words; };
const two = (n) => String(n).padStart(2, "0");
const clock = (at) => { const time = new Date(at); return `${two(time.getHours())}:${two(time.getMinutes())}`; };
const day = (at) => { const time = new Date(at); return `${time.getMonth() + 1} 月 ${time.getDate()} 日`; };
const read = (name, store = localStorage) => { try { return JSON.parse(store.getItem(name)); } catch { return null; } };
const write = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full or switched off */ } };
// crypto.randomUUID needs https; these sixteen bytes do not.
const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
