// The sums of weights as they are typed: [data-weigh] holds groups [data-weigh-of="FIELD"] (empty: the common items) with [data-weigh-sum].
// The server adds them again and has the last word; this only saves a round.
import { every } from "./dom.js";

const PARTS = 10000;
const parts = (text) => (/^\d+(\.\d{1,4})?$/.test(text.trim()) ? Math.round(Number(text.trim()) * PARTS) : 0);
const said = (sum) => String(sum / PARTS);

export function weigh(root) {
  every(root, "[data-weigh]", (form) => {
    const groups = [...form.querySelectorAll("[data-weigh-of]")];
    const sumOf = (group) => [...group.querySelectorAll("input[name^='weight.']:not([data-bonus])")].reduce((sum, it) => sum + parts(it.value), 0);
    const show = () => {
      const shared = groups.find((group) => group.dataset.weighOf === "");
      const common = shared ? sumOf(shared) : 0;
      for (const group of groups) {
        const [own, note] = [sumOf(group), group.querySelector("[data-weigh-sum]")];
        const isShared = group === shared;
        const words = isShared ? `合计 ${said(own)} 分` : `本领域 ${said(own)} 分，连共同项目 ${said(own + common)} 分`;
        if (note.textContent !== words) note.textContent = words;
        note.classList.toggle("err", !isShared && own + common !== 100 * PARTS);
      }
    };
    form.addEventListener("input", (event) => { if (event.target.name?.startsWith("weight.")) show(); });
  });
}
