// A directive beside its cards: [data-directive] holds the text [data-text] and the cards [data-cards].
// The open sentence and its card are brought into view; a passage that is selected fills the form [data-add-marked].
import { every } from "./dom.js";

export function directive(root) {
  every(root, "[data-directive]", (page) => {
    const text = page.querySelector("[data-text]");
    const cards = page.querySelector("[data-cards]");
    const inView = (pane, element) => {
      if (!pane || !element || getComputedStyle(pane).overflowY === "visible") return;
      pane.scrollTop += element.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 5;
    };
    inView(text, text.querySelector(".passage.on"));
    inView(cards, cards.querySelector(".item-card.open"));

    const form = page.querySelector("[data-add-marked]");
    if (!form) return;
    const [start, end, words] = ["start", "end", "words"].map((name) => form.elements[name]);
    document.addEventListener("selectionchange", () => {
      const range = passage(text);
      if (!range) return;
      start.value = range.start;
      end.value = range.end;
      words.value = range.words;
    });
    words.addEventListener("input", () => { start.value = ""; end.value = ""; });
  });
}

/** The selected characters of the text, counted over the whole of it; nothing unless both ends lie in it. */
function passage(text) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const [start, end] = [place(text, range.startContainer, range.startOffset), place(text, range.endContainer, range.endOffset)];
  if (start === null || end === null || end <= start) return null;
  const copy = range.cloneContents();
  copy.querySelectorAll("sup").forEach((number) => number.remove());
  return { start, end, words: copy.textContent.trim() };
}

/** How many characters of the text stand before this point; numbers of marks are not part of it. */
function place(text, node, offset) {
  const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  const paragraph = element.closest("[data-start]");
  if (!paragraph || !text.contains(paragraph)) return null;
  const before = document.createRange();
  before.selectNodeContents(paragraph);
  before.setEnd(node, offset);
  const copy = before.cloneContents();
  copy.querySelectorAll("sup").forEach((number) => number.remove());
  return Number(paragraph.dataset.start) + [...copy.textContent].length;
}
