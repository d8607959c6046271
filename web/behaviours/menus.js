// Menus that float, the main menu on a phone, 大字, printing, and filters that apply at once.

export function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (event.target.closest("[data-large]")) large(event.target.closest("[data-large]"));
    if (event.target.closest("[data-print]")) window.print();
    const nav = event.target.closest("[data-nav]");
    if (nav) { event.preventDefault(); setNav(!document.documentElement.classList.contains("nav-open")); }
    else if (!event.target.closest(".app-nav")) setNav(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    setNav(false);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && !event.target.matches("[type=search]")) form.requestSubmit();
  });
}

function setNav(isOpen) {
  document.documentElement.classList.toggle("nav-open", isOpen);
  document.querySelector("[data-nav]")?.setAttribute("aria-expanded", String(isOpen));
}

// The server reads the cookie, so that the next page comes in the right size at once.
function large(button) {
  const isLarge = document.documentElement.dataset.size !== "large";
  if (isLarge) document.documentElement.dataset.size = "large"; else delete document.documentElement.dataset.size;
  button.setAttribute("aria-pressed", String(isLarge));
  document.cookie = `size=${isLarge ? "large" : "normal"}; path=/; max-age=31536000; samesite=lax`;
}
