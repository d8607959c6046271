// Opens the main pages of a running demo city in Chromium 90, at a desk's width and a phone's, and by keyboard:
//   node web/test/main_pages.mjs <node_modules> <folder to unpack into> <http://127.0.0.1:PORT> <folder for pictures>
// Scripts and the console must be silent, nothing may overflow at 390 px, every stop of Tab must show its focus.
// The browser speaks its own protocol over a pipe: today's driver refuses one so old.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium90 } from "../chromium90.mjs";

const [modules, unpacked, address, pictures] = process.argv.slice(2);
const PASSWORD = "jishi-2026";
/** Name of the picture, address; with a third part, the first link of that kind on the page there. */
const PAGES = {
  xianwei: [
    ["desk-county", "/"], ["organisations", "/organisations"], ["organisation", "/organisations?kind=branch", "table.list tbody a[href^='/organisations/']"],
    ["members", "/members"], ["member", "/members", "table.list tbody a[href^='/members/']"], ["matrix", "/duties"],
    ["evaluations", "/evaluations"], ["result", "/evaluations", "main a[href^='/evaluations/']:not([href$='/simulation']):not([href$='/targets'])"], ["simulation", "/evaluations/simulation"],
    ["selections", "/selections"], ["selection", "/selections/six_good_branch"], ["explanation", "RESULT", "table.list tbody a[href*='/organisations/']"],
    ["scheme", "RESULT/scheme"], ["tiers", "RESULT/tiers"], ["plan", "/plan"], ["weak-list", "/weak-lists", "table.list tbody a[href^='/weak-lists/']"],
    ["rectifications", "/rectifications"], ["rectification", "/rectifications", "table.list tbody a[href^='/rectifications/']"],
    ["tasks", "/tasks"], ["task", "/tasks", "main a[href^='/tasks/']:not([href*='directives']):not([href*='calendar']):not([href*='?'])"], ["imports", "/imports"],
    ["policies", "/policies"], ["policy", "/policies/mechanism.theme_party_day"], ["audit", "/audit"], ["accounts", "/accounts"], ["suggestions", "/suggestions"],
  ],
  shiwei: [["desk-city", "/"], ["directive", "/tasks/directives", "main a[href^='/tasks/directives/']:not([href$='/new'])"], ["rankings", "/rankings"], ["villages", "/villages"]],
  shuji: [
    ["desk-secretary", "/"], ["record-choose", "/activities/new"], ["record-form", "/activities/new?kind=general_meeting"], ["activities", "/activities"],
    ["own-members", "/members"], ["themes", "/themes"], ["me", "/me"],
  ],
};

const { browser, env, always } = await chromium90(modules, unpacked);
mkdirSync(pictures, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "jishi-chromium90-"));
const child = spawn(browser, [...always, "--hide-scrollbars", "--lang=zh-CN", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"], { env, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const complaints = [];
let n_pages = 0;

// The protocol: one message a turn, ended by a zero byte.
let last = 0, rest = "", session, place = "";
const waiting = new Map(), events = [];
child.stdio[4].setEncoding("utf8").on("data", (text) => {
  const all = (rest + text).split("\0");
  rest = all.pop();
  for (const one of all) {
    const message = JSON.parse(one);
    if (message.id) { const { go, fail, method } = waiting.get(message.id); waiting.delete(message.id); message.error ? fail(new Error(`${method}: ${message.error.message}`)) : go(message.result); }
    else heard(message);
  }
});
child.on("exit", (code) => { for (const { fail, method } of waiting.values()) fail(new Error(`${method}: the browser ended (${code})`)); });
const call = (method, params = {}) => new Promise((go, fail) => {
  waiting.set(++last, { go, fail, method });
  child.stdio[3].write(`${JSON.stringify({ id: last, method, params, ...(session && { sessionId: session }) })}\0`);
});
function heard({ method, params }) {
  if (method === "Runtime.exceptionThrown") complain(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
  if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) complain(params.args.map((it) => it.value ?? it.description).join(" "));
  if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) complain(`${params.entry.text} ${params.entry.url ?? ""}`);
  for (const event of events.filter((it) => it.method === method)) event.go(params);
}
const complain = (text) => complaints.push(`${place}: ${text}`);
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
const once = (method) => new Promise((go) => { const event = { method, go: (it) => { events.splice(events.indexOf(event), 1); go(it); } }; events.push(event); });
async function evaluate(script, ...given) {
  const { result, exceptionDetails } = await call("Runtime.evaluate", { expression: `(${script})(...${JSON.stringify(given)})`, returnByValue: true, awaitPromise: true });
  if (exceptionDetails) throw new Error(`${place}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  return result.value;
}
const settled = async (doing) => { const loaded = once("Page.loadEventFired"); await doing(); if ((await Promise.race([loaded, wait(15000)])) === undefined) complain("not loaded within 15 s"); await wait(150); };
const open = (path) => settled(() => call("Page.navigate", { url: address + path }));
const size = (width, height) => call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
const key = async (name, code, more = {}) => {
  const params = { key: name, code: name, windowsVirtualKeyCode: code, ...more };
  await call("Input.dispatchKeyEvent", { type: name === "Enter" ? "keyDown" : "rawKeyDown", ...(name === "Enter" && { text: "\r" }), ...params });
  await call("Input.dispatchKeyEvent", { type: "keyUp", ...params });
};
const tab = () => key("Tab", 9);
async function picture(name) {
  const { contentSize, cssContentSize = contentSize } = await call("Page.getLayoutMetrics");
  const width = await evaluate("() => innerWidth");
  const clip = { x: 0, y: 0, width, height: Math.min(Math.ceil(cssContentSize.height), 3200), scale: 1 };
  const { data } = await call("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
  writeFileSync(join(pictures, `c90-${name}.png`), Buffer.from(data, "base64"));
}

async function sign_in(login) {
  await call("Network.clearBrowserCookies");
  place = `${login} /sign-in`;
  await open("/sign-in");
  await settled(() => evaluate("(login, password) => { const form = document.querySelector(\"form[action='/sign-in']\"); form.account.value = login; form.password.value = password; form.querySelector('button').click(); }", login, PASSWORD));
  if (await evaluate("() => location.pathname") !== "/") throw new Error(`${login} cannot sign in`);
}

/** What sticks out at the right of the window, outside of panels that scroll by themselves. */
const overflow = `(width) => {
  const wide = Math.max(document.documentElement.scrollWidth, innerWidth);
  if (wide <= width) return "";
  const scrolls = (it) => { for (let up = it.parentElement; up; up = up.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(up).overflowX) && up !== document.body && up !== document.documentElement) return true; return false; };
  const out = [...document.querySelectorAll("body *")].filter((it) => it.getBoundingClientRect().right > width + 1 && !scrolls(it)).slice(0, 4).map((it) => it.tagName + "." + it.className);
  return wide + " px wide at " + width + ": " + out.join(", ");
}`;
/** Where the focus is and whether one sees it. */
const focused = `() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const style = getComputedStyle(it), box = it.getBoundingClientRect();
  const rings = (element) => { const s = getComputedStyle(element); return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== "none"; };
  const label = it.labels && it.labels[0];
  const seen = rings(it) || (it.parentElement && rings(it.parentElement)) || (label && rings(label));
  return { what: it.tagName.toLowerCase() + (it.className && it.className.baseVal === undefined ? "." + String(it.className).trim().replace(/\\s+/g, ".") : "") + " “" + (it.innerText || it.getAttribute("aria-label") || it.name || "").trim().slice(0, 20) + "”", seen: !!seen, out: box.width < 1 || box.bottom < 0 || box.top > innerHeight, skip: it.classList.contains("skip"), nav: !!it.closest("#nav"), main: !!it.closest("main"), menu: it.matches("[data-nav]"), style: style.outline };
}`;

/** The first stops of Tab: all of them visible; the skip link is the first. */
async function by_keyboard(n_stops) {
  await evaluate("() => { window.scrollTo(0, 0); document.activeElement.blur(); }");
  const seen = [];
  for (let n = 0; n < n_stops; n++) {
    await tab();
    const it = await evaluate(focused);
    if (!it) break;
    if (n === 0 && !it.skip) complain(`the first stop is ${it.what}, not the skip link`);
    if (!it.seen) complain(`no focus is seen on ${it.what} (${it.style})`);
    if (it.out) complain(`the focus is out of sight on ${it.what}`);
    seen.push(it);
  }
  return seen;
}

async function look(name, path) {
  for (const [width, height] of [[1366, 768], [390, 844]]) {
    place = `${name} (${path}) ${width}`;
    await size(width, height);
    await open(path);
    n_pages++;
    const status = await evaluate("() => document.querySelector('main h1, main .h1, main h2')?.innerText ?? ''");
    if (!status || (await evaluate("() => /没有找到|出了点问题|现在不能办/.test(document.querySelector('main')?.innerText.slice(0, 80) ?? '没有找到')"))) complain(`no page there: “${status}”`);
    const wide = await evaluate(overflow, width);
    if (wide) complain(wide);
    await picture(`${name}-${width}`);
    if (width === 1366) await by_keyboard(12);
  }
}

async function whole_walk_by_keyboard() {
  place = "keyboard 1366";
  await size(1366, 768);
  await open("/");
  const stops = await by_keyboard(60);
  if (!stops.some((it) => it.nav)) complain("the menu is not reached by Tab");
  if (!stops.some((it) => it.main)) complain("the page's own content is not reached by Tab");
  await evaluate("() => document.activeElement.blur()");
  await open("/organisations");
  await tab();
  await key("Enter", 13);
  await wait(100);
  await tab();
  const after = await evaluate(focused);
  if (!after?.main) complain(`after the skip link comes ${after?.what}`);
  place = "keyboard 390";
  await size(390, 844);
  await open("/");
  let at;
  for (let n = 0; n < 8 && !at?.menu; n++) { await tab(); at = await evaluate(focused); }
  if (!at?.menu) return complain("the menu button is not reached by Tab");
  await key("Enter", 13);
  await wait(400);
  if (!(await evaluate("() => document.querySelector('[data-nav]').getAttribute('aria-expanded') === 'true' && document.querySelector('#nav a').getBoundingClientRect().right > 0"))) complain("the menu does not open by Enter");
  await picture("menu-390");
  for (let n = 0; n < 12 && !at?.nav; n++) { await tab(); at = await evaluate(focused); }
  if (!at?.nav) complain("the opened menu is not reached by Tab");
  await key("Escape", 27);
  await wait(300);
  if (!(await evaluate("() => document.querySelector('[data-nav]').getAttribute('aria-expanded') === 'false'"))) complain("Escape does not close the menu");
}

try {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  ({ sessionId: session } = await call("Target.attachToTarget", { targetId, flatten: true }));
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
  const version = await evaluate("() => navigator.userAgent.match(/Chrome\\/([0-9.]+)/)?.[1]");
  if (!version?.startsWith("90.")) complain(`this is Chromium ${version}, not 90`);
  for (const [login, pages] of Object.entries(PAGES)) {
    await size(1366, 768);
    await sign_in(login);
    let result = "";
    for (const [name, from, css] of pages) {
      let path = from.replace("RESULT", result);
      if (css) {
        place = `${name} (${path})`;
        await size(1366, 768);
        await open(path);
        path = await evaluate("(css) => document.querySelector(css)?.getAttribute('href')", css);
        if (!path) { complain(`no ${css}`); continue; }
      }
      if (name === "result") result = path.split("?")[0];
      await look(name, path);
    }
    if (login === "xianwei") await whole_walk_by_keyboard();
  }
} catch (error) {
  complain(error.stack);
}
child.kill("SIGKILL");
await wait(100);
rmSync(profile, { recursive: true, force: true });
console.log(`${n_pages} pages opened`);
for (const complaint of [...new Set(complaints)]) console.log(`FAIL ${complaint}`);
process.exit(complaints.length ? 1 : 0);
