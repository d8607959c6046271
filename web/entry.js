// What every page loads: htmx, and a few behaviours that pages switch on by attributes.
// Nothing here is needed to read a page or to send a form; it makes both quicker.
import htmx from "htmx.org";
import { chart } from "./behaviours/chart.js";
import { choose } from "./behaviours/choose.js";
import { confirm } from "./behaviours/confirm.js";
import { directive } from "./behaviours/directive.js";
import { drafts } from "./behaviours/drafts.js";
import { drawer } from "./behaviours/drawer.js";
import { find } from "./behaviours/find.js";
import { filters } from "./behaviours/filters.js";
import { matrix } from "./behaviours/matrix.js";
import { menus } from "./behaviours/menus.js";
import { press } from "./behaviours/press.js";
import { progress } from "./behaviours/progress.js";
import { roster } from "./behaviours/roster.js";
import { rows } from "./behaviours/rows.js";
import { selection } from "./behaviours/selection.js";
import { shares } from "./behaviours/shares.js";
import { weigh } from "./behaviours/weigh.js";
import { tree } from "./behaviours/tree.js";

// Partial requests carry the session's proof; they never leave this origin.
document.addEventListener("htmx:config:request", ({ detail }) => {
  const proof = document.querySelector("meta[name=csrf]");
  if (proof) detail.ctx.request.headers["X-CSRF-Token"] = proof.content;
});
document.addEventListener("htmx:error", () => announce("没有连上服务器，刚才的操作没有完成。请看看网络，再试一次。"));

/** Says something through the page's live region. */
function announce(sentence) {
  const region = document.getElementById("said");
  if (region) region.textContent = sentence;
}

// Those that listen on the document once, and those that look at each new piece of page.
const once = [confirm, drawer, menus];
const each = [find, filters, matrix, tree, selection, choose, rows, roster, shares, drafts, weigh, press, progress, chart, directive];
const begin = () => { once.forEach((it) => it(announce)); each.forEach((it) => it(document)); };
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
document.addEventListener("htmx:after:process", ({ target }) => { if (target !== document && target !== document.body) each.forEach((it) => it(target)); });

window.htmx = htmx;
