// A matrix is one stop for the Tab key; arrows move from cell to cell, Home and End along the row, Enter opens.
import { every } from "./dom.js";

export function matrix(root) {
  every(root, "table.mx", (table) => {
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).map((row) => [...row.querySelectorAll("td.cell > a.k, td.cell > button.k")]).filter((row) => row.length);
    // Columns are found by the cell's place in its row, so that gaps and "not applicable" do not shift them.
    const place = (cell) => cell.parentElement.cellIndex;
    rows.flat().forEach((cell, i) => { cell.tabIndex = i === 0 ? 0 : -1; });
    const go = (event, cell) => {
      if (!cell) return;
      event.preventDefault();
      table.querySelector(".k[tabindex='0']")?.setAttribute("tabindex", "-1");
      cell.tabIndex = 0;
      cell.focus();
    };
    const near = (row, at) => row?.reduce((best, cell) => (Math.abs(place(cell) - at) < Math.abs(place(best) - at) ? cell : best));
    table.addEventListener("keydown", (event) => {
      const cell = event.target.closest?.(".k");
      if (!cell || event.altKey || event.metaKey) return;
      const y = rows.findIndex((row) => row.includes(cell));
      const x = rows[y].indexOf(cell);
      if (event.key === "ArrowRight") go(event, rows[y][x + 1]);
      else if (event.key === "ArrowLeft") go(event, rows[y][x - 1]);
      else if (event.key === "ArrowDown") go(event, near(rows[y + 1], place(cell)));
      else if (event.key === "ArrowUp") go(event, near(rows[y - 1], place(cell)));
      else if (event.key === "Home") go(event, event.ctrlKey ? rows[0][0] : rows[y][0]);
      else if (event.key === "End") go(event, (event.ctrlKey ? rows[rows.length - 1] : rows[y]).slice(-1)[0]);
    });
    // A table of many cells says once, for all of them, that they open in the drawer.
    if (table.dataset.opens === "drawer") {
      table.addEventListener("click", (event) => {
        const cell = event.target.closest?.("a.k");
        if (!cell || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        window.htmx.ajax("GET", cell.getAttribute("href"), { target: "#drawer", source: cell });
      });
    }
    table.addEventListener("mouseover", (event) => {
      const cell = event.target.closest?.(".k");
      if (cell && !cell.title) cell.title = cell.getAttribute("aria-label") ?? "";
    });
    table.addEventListener("focusin", (event) => {
      const cell = event.target.closest?.(".k");
      if (!cell || cell.tabIndex === 0) return;
      table.querySelector(".k[tabindex='0']")?.setAttribute("tabindex", "-1");
      cell.tabIndex = 0;
    });
  });
}
