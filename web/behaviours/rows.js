// Rows that can be added to: [data-rows] holds them, the button [data-rows-add] in the same fieldset adds an empty one.
import { every } from "./dom.js";

export function rows(root) {
  every(root, "[data-rows]", (list) => {
    const add = list.parentElement.querySelector("[data-rows-add]");
    if (!add) return;
    add.hidden = false;
    add.addEventListener("click", () => {
      const fresh = list.lastElementChild.cloneNode(true);
      const n = list.children.length + 1;
      fresh.querySelectorAll("input, textarea").forEach((field) => { field.value = ""; field.textContent = ""; });
      fresh.querySelectorAll("[aria-label]").forEach((field) => { field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, String(n))); });
      const number = fresh.querySelector(".num");
      if (number) number.textContent = `${n}.`;
      list.append(fresh);
      fresh.querySelector("textarea, input")?.focus();
    });
  });
}
