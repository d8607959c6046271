// Ticking rows of a list: <form data-select> around the table, input[data-select-all] in its head,
// rows with input[name=id], and a bar [data-selection-bar] that appears with the count.
import { every } from "./dom.js";

export function selection(root) {
  every(root, "form[data-select]", (form) => {
    const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox][name=id]")];
    const all = form.querySelector("[data-select-all]");
    const bar = form.querySelector("[data-selection-bar]");
    let last = null;
    const show = () => {
      const list = boxes();
      const n = list.filter((box) => box.checked).length;
      for (const box of list) box.closest("tr").classList.toggle("sel", box.checked);
      if (all) { all.checked = n > 0 && n === list.length; all.indeterminate = n > 0 && n < list.length; }
      if (bar) { bar.hidden = n === 0; const count = bar.querySelector("[data-selection-count]"); if (count) count.textContent = String(n); }
    };
    form.addEventListener("click", (event) => {
      const box = event.target.closest("tbody input[type=checkbox][name=id]");
      if (box && event.shiftKey && last) {
        const list = boxes();
        const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
        list.slice(from, to + 1).forEach((it) => { it.checked = box.checked; });
      }
      if (box) last = box;
      if (event.target.closest("[data-select-none]")) { event.preventDefault(); boxes().forEach((it) => { it.checked = false; }); }
      if (event.target === all) boxes().forEach((it) => { it.checked = all.checked; });
      show();
    });
    show();
  });
}
