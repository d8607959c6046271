// Numbers of units beside the whole: [data-shares] with data-wanted, data-comparator, data-unit; fields [data-share], rows that may be
// unticked, the choice [data-shares-kind]. The sum and the difference are said in [data-shares-sum]; the server decides.
import { every } from "./dom.js";

export function shares(root) {
  every(root, "[data-shares]", (panel) => {
    const said = panel.querySelector("[data-shares-sum]");
    const kind = panel.querySelector("[data-shares-kind]");
    const wanted = Number(panel.dataset.wanted);
    if (!said || !panel.dataset.wanted || Number.isNaN(wanted)) return;
    const { unit, comparator } = panel.dataset;
    const amount = (n) => (unit === "%" ? `${tidy(n)}%` : `${tidy(n)} ${unit}`);
    const show = () => {
      const fields = [...panel.querySelectorAll("[data-share]")].filter((field) => field.closest("[data-share-row]")?.querySelector("[data-share-tick]")?.checked !== false);
      if (kind?.value !== "divide") {
        const low = fields.filter((field) => field.value.trim() && (comparator === "<=" ? Number(field.value) > wanted : Number(field.value) < wanted)).length;
        say(low ? `${low} 个单位没有达到 ${amount(wanted)}` : `每个单位都要达到 ${amount(wanted)}`, low > 0);
        return;
      }
      const sum = fields.reduce((total, field) => total + (Number(field.value) || 0), 0);
      const gap = Math.round((wanted - sum) * 1000) / 1000;
      const fits = comparator === ">=" ? gap <= 0 : comparator === "<=" ? gap >= 0 : gap === 0;
      say(`合计 ${amount(sum)}，任务数 ${amount(wanted)}${gap > 0 ? `，还差 ${amount(gap)}` : gap < 0 ? `，多 ${amount(-gap)}` : "，正好"}`, !fits);
    };
    const say = (words, isBad) => { said.textContent = words; said.classList.toggle("bad", isBad); };
    panel.addEventListener("input", show);
    panel.addEventListener("change", show);
    panel.addEventListener("restored", show);
    show();
  });
}

const tidy = (n) => String(Math.round(n * 1000) / 1000);
