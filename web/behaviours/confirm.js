// [data-confirm="What will happen, and what it means."] asks before a button acts; the button's own verb is repeated.
import { make } from "./dom.js";

const agreed = new WeakSet();

export function confirm() {
  // In the capture phase, so that neither the form nor htmx sees a click that was not meant.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || agreed.delete(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(button.dataset.confirm, button.dataset.confirmVerb ?? button.textContent.trim(), button.classList.contains("danger"), () => { agreed.add(button); button.click(); });
  }, true);
}

function ask(sentence, verb, isDanger, go) {
  const yes = make("button", { class: `btn ${isDanger ? "danger" : "main"}`, type: "button" }, verb);
  const no = make("button", { class: "btn", type: "button" }, "先不办");
  const dialog = make("dialog", { class: "ask", "aria-labelledby": "ask-text" },
    make("p", { id: "ask-text" }, sentence), make("div", { class: "row-flex" }, yes, no));
  const leave = () => { dialog.close(); };
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", () => { leave(); go(); });
  no.addEventListener("click", leave);
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
}
