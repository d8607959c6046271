// The drawer: details of what was clicked, over the right edge of the page.
// A link with hx-get and hx-target="#drawer" fills it; [data-drawer="#id"] opens one that is already on the page.
import { reachable } from "./dom.js";

let open = null;
let opener = null;

export function drawer() {
  // htmx swaps into the target, so the drawer opens when it has been filled.
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    const target = detail.ctx?.target;
    if (target?.id === "drawer" && target.childElementCount) show(target, detail.ctx.sourceElement);
  });
  document.addEventListener("click", (event) => {
    const call = event.target.closest("[data-drawer]");
    if (call) { event.preventDefault(); show(document.querySelector(call.dataset.drawer), call); return; }
    if (event.target.closest("[data-drawer-close]")) { event.preventDefault(); close(); }
  });
  document.addEventListener("keydown", (event) => {
    if (!open || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") { event.preventDefault(); close(); }
    if (event.key === "Tab") keepInside(event);
  });
}

function show(element, by) {
  if (!element) return;
  const first = open !== element;
  if (first && open) close();
  opener?.classList.remove("on");
  open = element;
  opener = by;
  opener?.classList.add("on");
  element.hidden = false;
  const heading = element.querySelector("h2");
  if (heading) { heading.tabIndex = -1; heading.focus(); }
  // What was clicked stays in sight beside the drawer.
  if (first && by?.closest?.(".mx-scroll")) by.scrollIntoView({ block: "nearest", inline: "center" });
}

function close() {
  if (!open) return;
  open.hidden = true;
  if (open.id === "drawer") open.replaceChildren();
  const back = opener;
  open = opener = null;
  back?.classList.remove("on");
  if (back?.isConnected) back.focus();
}

function keepInside(event) {
  const places = reachable(open);
  if (!places.length) return;
  const [first, last] = [places[0], places[places.length - 1]];
  const outside = !open.contains(document.activeElement);
  if (event.shiftKey && (outside || document.activeElement === first || document.activeElement.tagName === "H2")) { event.preventDefault(); last.focus(); }
  else if (!event.shiftKey && (outside || document.activeElement === last)) { event.preventDefault(); first.focus(); }
}
