// The chart library is large, so only pages with a chart ask for it.
import { every } from "./dom.js";

const own = document.currentScript;

export function chart(root) {
  every(root, "[data-chart]", (figure) => {
    if (window.jishiCharts) window.jishiCharts.draw(figure);
    else load();
  });
}

let asked = false;
function load() {
  if (asked || !own?.dataset.charts) return;
  asked = true;
  const script = document.createElement("script");
  script.src = own.dataset.charts;
  script.addEventListener("load", () => document.querySelectorAll("[data-chart]").forEach((figure) => window.jishiCharts.draw(figure)));
  document.head.append(script);
}
