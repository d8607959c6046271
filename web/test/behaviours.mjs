// Tries the behaviours in a real browser, under the policy that the server sends (no inline script, no inline style):
//   cargo run -p server --example look -- DIR && node web/test/behaviours.mjs DIR chromium [--headless …]
// The page tries itself (steps below), sends what it found to this server, and this process says so and ends.
import { spawn } from "node:child_process";
import { readFileSync, mkdtempSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [folder, browser, ...given] = process.argv.slice(2);
const look = resolve(folder);
const asset = (end) => (readFileSync(join(look, "sheet.html"), "utf8").match(new RegExp(`assets/app-[0-9a-f]+\\.${end}`)) ?? [""])[0];
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const found = [];
let posted = 0;

const form = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><script src="/${asset("js")}" defer></script><script src="/form-steps.js" defer></script></head>
<body data-page="ordinary" data-user="u7"><form data-draft="day" method="post" action="/record"><input name="place"><input name="identity" data-secret><input type="checkbox" name="did" value="study"><span data-draft-state></span><button>保存</button></form></body></html>`;
const done = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><script src="/${asset("js")}" defer></script><script src="/done-steps.js" defer></script></head><body data-page="ordinary" data-user="u7">已保存</body></html>`;

const steps = `
const results = [];
const check = (name, is) => results.push((is ? "ok   " : "FAIL ") + name);
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
const key = (name, more = {}) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
const violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + (event.sourceFile || "") + ":" + event.lineNumber));
window.addEventListener("error", (event) => violations.push("error " + event.message));
window.addEventListener("unhandledrejection", (event) => violations.push("rejected " + event.reason));
const send = () => fetch("/found", { method: "POST", body: JSON.stringify(results) });
const one = (css) => document.querySelector(css);
`;
const sheetSteps = `${steps}
(async () => {
  await wait(1500);
  check("chart is drawn", one(".chart.drawn svg path"));
  jishiCharts.of(one(".chart")).dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: 3 });
  await wait(200);
  check("the chart's tip is drawn", one(".chart svg").textContent.includes("79.5"));
  // drawer
  const opener = one("[data-drawer]");
  opener.focus(); opener.click();
  check("drawer opens and takes the focus", !one("#sample-drawer").hidden && one("#sample-drawer").contains(document.activeElement));
  key("Tab", { shiftKey: true });
  check("focus stays inside", document.activeElement.textContent.trim() === "开问题单");
  key("Tab");
  check("focus goes round", document.activeElement.getAttribute("aria-label") === "关闭");
  key("Escape");
  check("Escape closes and gives the focus back", one("#sample-drawer").hidden && document.activeElement === opener);
  // a drawer that is fetched
  const cell = one("table.mx a.k.missed");
  cell.setAttribute("hx-get", "/part"); htmx.process(cell); cell.focus(); cell.click();
  await wait(500);
  check("a cell fills the drawer", !one("#drawer").hidden && one("#drawer h2").textContent === "一格" && cell.classList.contains("on"));
  check("the request carried the proof", one("#drawer p").textContent === "sample");
  key("Escape");
  check("a fetched drawer is emptied", one("#drawer").hidden && !one("#drawer").children.length);
  // matrix
  const cells = [...document.querySelectorAll("table.mx a.k")];
  check("one stop for Tab", cells.filter((it) => it.tabIndex === 0).length === 1);
  cells[0].focus(); key("ArrowRight");
  check("right", document.activeElement === cells[1]);
  key("ArrowDown");
  check("down", document.activeElement.getAttribute("aria-label").startsWith("大坪村党支部，支委会，2 月"));
  key("End");
  check("end of row", document.activeElement.getAttribute("aria-label").startsWith("大坪村党支部，支委会，12 月"));
  // tree
  const twist = [...document.querySelectorAll("button.tw")][1];
  twist.click();
  check("tree opens", twist.getAttribute("aria-expanded") === "true" && !twist.closest("li").querySelector("ul").hidden);
  const filter = one("[data-tree-filter]"); filter.value = "第一党"; filter.dispatchEvent(new Event("input", { bubbles: true }));
  check("tree filters", [...document.querySelectorAll("#sample-tree li")].filter((it) => it.offsetParent).length === 3);
  // selection
  const boxes = [...document.querySelectorAll("tbody input[name=id]")];
  boxes[1].click(); boxes[3].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: true }));
  check("selection counts, with shift", one("[data-selection-count]").textContent === "3" && !one("[data-selection-bar]").hidden && one("[data-select-all]").indeterminate);
  one("[data-select-none]").click();
  check("selection clears", one("[data-selection-bar]").hidden);
  // roster: everyone is present until tapped
  const [first, second] = document.querySelectorAll("details.person");
  first.open = true; second.open = true;
  await wait(50);
  check("one name stands open", !first.open && second.open);
  second.querySelectorAll("input[type=radio]")[1].click();
  check("a leave says its reason and closes", !second.open && second.querySelector("em").textContent === "病假" && one("[data-present]").textContent === "到会 2 人");
  first.querySelectorAll("input[type=radio]")[3].click();
  check("an absence stays due", first.querySelector("summary").className === "away" && one("[data-due]").textContent.startsWith("应到 2"));
  second.querySelectorAll("input[type=radio]")[0].click();
  check("back to present", second.querySelector("em").textContent === "到" && one("[data-present]").textContent === "到会 2 人");
  // combobox
  const pick = one("[role=combobox]"); pick.focus(); pick.value = "大坪"; pick.dispatchEvent(new Event("input", { bubbles: true }));
  check("nothing chosen is not valid", !pick.checkValidity());
  await wait(600);
  key("ArrowDown"); key("Enter");
  check("combobox picks", one("[data-choose] input[type=hidden]").value === "12" && pick.value === "大坪村党支部" && pick.checkValidity());
  // confirm
  const danger = one(".btn.danger[data-confirm]"); let went = 0; danger.addEventListener("click", () => went++);
  danger.click();
  check("asks first", went === 0 && one("dialog.ask[open]"));
  one("dialog.ask .btn.danger").click();
  check("then does", went === 1 && !one("dialog.ask[open]"));
  // 大字
  one("[data-large]").click();
  check("large", document.documentElement.dataset.size === "large" && document.cookie.includes("size=large"));
  check("nothing was blocked, nothing broke: " + violations.join("; "), violations.length === 0);
  await send();
  location.assign("/form");
})();`;
const formSteps = `${steps}
(async () => {
  await wait(300);
  const fill = (name, value) => { const field = one("[name=" + name + "]"); field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); };
  const visits = Number(sessionStorage.getItem("visits") ?? 0) + 1;
  sessionStorage.setItem("visits", visits);
  if (visits === 1) { fill("place", "服务中心"); fill("identity", "990101"); one("[name=did]").click(); await wait(700);
    check("says that it is kept", one("[data-draft-state]").textContent.startsWith("已暂存"));
    check("secrets are not kept", !JSON.stringify(localStorage).includes("990101"));
    sessionStorage.setItem("key", one("[name=draft_key]").value); await send(); location.reload(); return; }
  check("draft comes back", one("[name=place]").value === "服务中心" && one("[name=did]").checked && one(".notice"));
  check("with the same key", one("[name=draft_key]").value === sessionStorage.getItem("key") && one("[name=draft_key]").value.length === 32);
  check("on plain http pages: " + violations.join("; "), violations.length === 0);
  await send();
  one("form").requestSubmit();
})();`;
const doneSteps = `${steps}
(async () => { await wait(300); check("a redirect after success clears the draft", !Object.keys(localStorage).some((it) => it.startsWith("jishi:draft:u7:day"))); results.push("end"); await send(); })();`;

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const answer = (kind, text) => { response.writeHead(200, { "content-type": kind, "content-security-policy": policy, "referrer-policy": "same-origin" }); response.end(text); };
  if (url.pathname === "/found") { let text = ""; request.on("data", (part) => { text += part; }); request.on("end", () => { found.push(...JSON.parse(text)); answer("text/plain", ""); if (found.includes("end")) finish(); }); return; }
  if (url.pathname === "/record") { posted++; request.resume(); response.writeHead(303, { location: "/done" }); response.end(); return; }
  if (url.pathname === "/sheet") return answer("text/html", readFileSync(join(look, "sheet.html"), "utf8").replace("</head>", '<script src="/sheet-steps.js" defer></script></head>'));
  if (url.pathname === "/part") return answer("text/html", `<header><h2 id="drawer-title">一格</h2></header><p>${request.headers["x-csrf-token"] ?? ""}</p>`);
  if (url.pathname === "/form") return answer("text/html", form);
  if (url.pathname === "/done") return answer("text/html", done);
  if (url.pathname === "/choose/organisations") return answer("application/json", JSON.stringify([{ id: 12, label: "大坪村党支部", note: "青石镇" }]));
  for (const [name, text] of [["sheet", sheetSteps], ["form", formSteps], ["done", doneSteps]]) if (url.pathname === `/${name}-steps.js`) return answer("text/javascript", text);
  const file = join(look, url.pathname);
  if (file.startsWith(look) && existsSync(file)) return answer(file.endsWith(".css") ? "text/css" : file.endsWith(".svg") ? "image/svg+xml" : "text/javascript", readFileSync(file));
  response.writeHead(404); response.end();
});

let child;
function finish() {
  clearTimeout(limit);
  child?.kill("SIGKILL");
  server.close();
  const failed = found.filter((line) => line.startsWith("FAIL"));
  console.log(found.filter((line) => line !== "end").join("\n"));
  if (!found.includes("end")) console.log("FAIL the page did not come to its end");
  if (posted !== 1) console.log(`FAIL the form was sent ${posted} times`);
  const bad = failed.length + (found.includes("end") ? 0 : 1) + (posted === 1 ? 0 : 1);
  console.log(`${found.length - failed.length} passed, ${bad} failed`);
  process.exit(bad ? 1 : 0);
}
const limit = setTimeout(finish, 40_000);
server.listen(0, "127.0.0.1", () => {
  const address = `http://127.0.0.1:${server.address().port}/sheet`;
  const all = [...given, ...(given.length ? [] : ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]), "--remote-debugging-port=0", `--user-data-dir=${mkdtempSync(join(tmpdir(), "jishi-look-"))}`, address];
  child = spawn(browser, all, { stdio: "ignore" });
});
