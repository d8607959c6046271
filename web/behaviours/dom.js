// Small helpers of the behaviours.

/** Runs `act` once for every element in `root` (or `root` itself) that matches. */
export function every(root, selector, act) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    const mark = `ready${selector}`;
    if (element[mark]) continue;
    element[mark] = true;
    act(element);
  }
}

/** Calls `act` only when nothing has happened for `rest` milliseconds. */
export function calmly(rest, act) {
  let timer;
  return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), rest); };
}

/** An element with attributes and children; texts are never read as HTML. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  element.append(...children);
  return element;
}

/** What can take the keyboard's focus inside `root`, in order. */
export const reachable = (root) =>
  [...root.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]):not([type=hidden]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex='0']")]
    .filter((element) => element.offsetParent !== null);
