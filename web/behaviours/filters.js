// Filters on a phone: the search stays, the rest is folded away behind 筛选 until it is asked for.
import { every, make } from "./dom.js";

const narrow = window.matchMedia("(max-width: 640px)");

export function filters(root) {
  every(root, "form.filters", (form) => {
    const others = [...form.children].filter((it) => !it.matches("[type=hidden], .bar-find, .grow, noscript"));
    const rows = [];
    for (let next = form.nextElementSibling; next?.matches("div.filters"); next = next.nextElementSibling) rows.push(next);
    // One row of a few words is no longer than the button that would hide it.
    if (others.length + rows.length < 3) return;
    // Lists offer 清除条件 exactly when something narrows them; a year or a place is always chosen.
    const isNarrowed = [form, ...rows].some((it) => it.querySelector("a.small"));
    const button = make("button", { type: "button", class: "btn sm fold-filters", "aria-expanded": "false" }, isNarrowed ? "筛选（已选）" : "筛选");
    form.querySelector(".bar-find") ? form.querySelector(".bar-find").after(button) : form.prepend(button);
    const fold = (isFolded) => {
      [form, ...rows].forEach((it) => it.classList.toggle("folded", isFolded));
      button.setAttribute("aria-expanded", String(!isFolded));
    };
    button.addEventListener("click", () => fold(!form.classList.contains("folded")));
    fold(narrow.matches);
    narrow.addEventListener("change", () => fold(narrow.matches));
  });
}
