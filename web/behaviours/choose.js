// Choosing an organisation or a member by typing part of its name.
// <div data-choose="/choose/organisations"><input type="hidden" name="organisation"><input role="combobox" …></div>
// The address answers ?q= with [{ "id", "label", "note" }].
import { calmly, every, make } from "./dom.js";

let counted = 0;

export function choose(root) {
  every(root, "[data-choose]", (box) => {
    const hidden = box.querySelector("input[type=hidden]");
    const input = box.querySelector("[role=combobox]");
    const list = make("ul", { role: "listbox", class: "options", id: `options-${++counted}`, hidden: true });
    box.append(list);
    input.setAttribute("aria-controls", list.id);
    let at = -1;
    const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const pick = (option) => {
      hidden.value = option.dataset.id;
      input.value = option.dataset.label;
      input.setCustomValidity("");
      close();
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const light = (to) => {
      const options = [...list.querySelectorAll("[role=option]")];
      if (!options.length) return;
      at = (to + options.length) % options.length;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    };
    let asked = 0;
    const look = calmly(180, async () => {
      const turn = ++asked;
      const address = `${box.dataset.choose}${box.dataset.choose.includes("?") ? "&" : "?"}q=${encodeURIComponent(input.value.trim())}`;
      let found = null;
      try { const answer = await fetch(address, { headers: { Accept: "application/json" } }); if (answer.ok) found = await answer.json(); } catch { /* said below */ }
      if (turn !== asked) return;
      list.replaceChildren(...(found ?? []).map(({ id, label, note }, i) =>
        make("li", { role: "option", id: `${list.id}-${i}`, "data-id": id, "data-label": label, "aria-selected": "false" }, label, make("small", {}, note ?? ""))));
      if (!found) list.append(make("li", { class: "none" }, "没有连上服务器，请再试一次"));
      else if (!found.length) list.append(make("li", { class: "none" }, "没有找到，换几个字试试，也可以打拼音首字母"));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      at = -1;
    });
    input.addEventListener("input", () => {
      hidden.value = "";
      input.setCustomValidity(input.value.trim() ? "请从列表里选一个" : "");
      look();
    });
    input.addEventListener("focus", () => { input.select(); if (!hidden.value) look(); });
    input.addEventListener("blur", () => setTimeout(close, 150));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) look(); else light(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); light(at - 1); }
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
      else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); pick(list.querySelectorAll("[role=option]")[at]); }
    });
    list.addEventListener("mousedown", (event) => { const option = event.target.closest("[role=option]"); if (option) { event.preventDefault(); pick(option); } });
  });
}
