"use strict";
// Sorts and searches the tables. Without it the page is whole, only neither sorted nor searched.
const text = (cell) => (cell ? cell.dataset.value ?? cell.textContent : "").trim();
const compare = (a, b) => {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, "en", { numeric: true });
};

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = [...body.rows].map((row) => [text(row.cells[column]), row]);
      // An empty cell has nothing to say: it comes last, whichever way is sorted.
      keyed.sort(([a], [b]) => (a === "") - (b === "") || (up ? compare(a, b) : compare(b, a)));
      body.append(...keyed.map(([, row]) => row));
    });
  });
}

for (const tool of document.querySelectorAll(".tool")) {
  tool.hidden = false;
  const field = tool.querySelector("[data-filter]");
  const rows = [...document.getElementById(field.dataset.filter).tBodies[0].rows];
  const words = rows.map((row) => row.textContent.toLowerCase());
  const status = tool.querySelector("[data-shown]");
  const show = () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = wanted.every((word) => words[at].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    status.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  };
  field.addEventListener("input", show);
  show();
}
