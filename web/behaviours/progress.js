// Work that takes a while: [data-progress="/jobs/12"] asks for { done, total, sentence, remaining, next } and shows it.
// While the server is still starting, no answer only means: ask again.
import { every } from "./dom.js";

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

export function progress(root) {
  every(root, "[data-progress]", (panel) => {
    const meter = panel.querySelector("[role=progressbar]");
    const bar = meter?.querySelector("rect[data-bar]");
    const words = panel.querySelector("[data-sentence]");
    const numbers = panel.querySelector("[data-numbers]");
    const look = async () => {
      if (!panel.isConnected) return;
      let wait = 1000;
      try {
        const answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (answer.ok) {
          const { done = 0, total = 0, sentence, next } = await answer.json();
          const percent = total ? Math.round((done / total) * 100) : 0;
          bar?.setAttribute("width", `${percent}%`);
          meter?.setAttribute("aria-valuenow", String(percent));
          if (numbers) numbers.textContent = total ? `${grouped(done)} / ${grouped(total)}` : "";
          if (words && sentence) words.textContent = sentence;
          if (next) { location.replace(next); return; }
        } else wait = 3000;
      } catch { wait = 3000; }
      setTimeout(look, wait);
    };
    setTimeout(look, 600);
  });
}
