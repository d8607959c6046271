// The tree of organisations: a button before a name opens and closes what is below it.
// <button class="tw" aria-expanded="false" data-load="/…/children"> fetches the branch the first time.
import { every } from "./dom.js";

export function tree(root) {
  every(root, ".tree[data-tree]", (list) => {
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button.tw");
      if (button) toggle(button);
    });
    list.addEventListener("keydown", (event) => {
      const line = event.target.closest(".node");
      if (!line || event.altKey || event.ctrlKey || event.metaKey) return;
      const lines = [...list.querySelectorAll(".node")].filter((it) => it.offsetParent !== null);
      const at = lines.indexOf(line);
      const button = line.querySelector("button.tw");
      const isOpen = button?.getAttribute("aria-expanded") === "true";
      const go = (to) => { const link = to?.querySelector("a"); if (link) { event.preventDefault(); link.focus(); } };
      if (event.key === "ArrowDown") go(lines[at + 1]);
      else if (event.key === "ArrowUp") go(lines[at - 1]);
      else if (event.key === "ArrowRight" && button) { if (isOpen) go(lines[at + 1]); else { event.preventDefault(); toggle(button); } }
      else if (event.key === "ArrowLeft") { if (isOpen) { event.preventDefault(); toggle(button); } else go(line.parentElement.parentElement.closest("li")?.querySelector(".node")); }
    });
  });
  every(root, "input[data-tree-filter]", (input) => {
    const list = document.querySelector(input.dataset.treeFilter);
    input.addEventListener("input", () => filter(list, input.value.trim()));
  });
}

async function toggle(button) {
  const item = button.closest("li");
  const isOpen = button.getAttribute("aria-expanded") === "true";
  if (!isOpen && !item.querySelector(":scope > ul") && button.dataset.load) {
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(button.dataset.load, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      item.insertAdjacentHTML("beforeend", `<ul>${await answer.text()}</ul>`);
      window.htmx?.process(item);
    } finally { button.removeAttribute("aria-busy"); }
  }
  const below = item.querySelector(":scope > ul");
  if (below) below.hidden = isOpen;
  button.setAttribute("aria-expanded", String(!isOpen));
}

// Shows the nodes whose name contains the words, with everything above them.
function filter(list, words) {
  for (const item of list.querySelectorAll("li")) item.hidden = words !== "";
  if (words === "") return;
  for (const item of list.querySelectorAll("li")) {
    const name = item.querySelector(":scope > .node")?.textContent ?? "";
    if (!name.includes(words)) continue;
    for (let up = item; up && list.contains(up); up = up.parentElement.closest("li")) up.hidden = false;
  }
}
