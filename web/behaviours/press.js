// A choice that changes what else is to be filled in: [data-press] sends its form at once, as if the button [data-pressed] had been pressed.
import { every } from "./dom.js";

export function press(root) {
  every(root, "[data-press]", (field) => field.addEventListener("change", () => {
    const button = field.form?.querySelector("[data-pressed]");
    if (button) field.form.requestSubmit(button);
  }));
}
