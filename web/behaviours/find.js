// A list of ticks that is searched as one types: [data-find="LIST"] holds the box, the element of that id its labels in fieldsets.
import { every } from "./dom.js";

export function find(root) {
  every(root, "[data-find]", (box) => {
    const list = document.getElementById(box.dataset.find);
    const input = box.querySelector("input");
    if (!list || !input) return;
    box.hidden = false;
    const labels = [...list.querySelectorAll("label")];
    const show = () => {
      const words = input.value.trim().split(/\s+/).filter(Boolean);
      for (const label of labels) {
        // What is ticked stays in sight.
        label.hidden = !label.querySelector("input").checked && !words.every((word) => label.textContent.includes(word));
      }
      for (const group of list.querySelectorAll("fieldset")) group.hidden = ![...group.querySelectorAll("label")].some((label) => !label.hidden);
    };
    input.addEventListener("input", show);
    // Enter searches, it does not send the form.
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  });
}
