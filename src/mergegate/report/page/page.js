"use strict";
// Sorts, searches and scrolls the tables, and changes the theme. Without it the page is whole, only neither sorted nor
// searched, and of long tables it shows the first rows.
const PRINTED = 500;
const MARGIN = 12; // rows drawn above and below what is seen

const asNumber = (text) => (text === "" ? 0 : Number(text.replace(/,(?=\d{3})/g, "").replace("\u2212", "-")));
// Letters without case and marks, and numbers in a text by their size: plain comparisons of such keys are fast.
const natural = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
const count = (number) => number.toLocaleString("en");

// A table whose rows stand in the page.
const standing = (table) => {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const text = (row, column) => {
    const cell = row.cells[column];
    return (cell ? cell.dataset.value ?? cell.textContent : "").trim();
  };
  const words = rows.map((row) => row.textContent.toLowerCase());
  return {
    size: rows.length,
    values: (column) => rows.map((row) => text(row, column)),
    words: () => words,
    show: (order, kept) => {
      body.append(...order.map((at) => rows[at]));
      rows.forEach((row, at) => { row.hidden = !kept[at]; });
    },
  };
};

// A table whose rows are data: only those that are seen are drawn.
const scrolled = (table, columns) => {
  const body = table.tBodies[0];
  const box = table.closest(".tall");
  const cell = columns.map((column) => (column.each ? (at) => column.each[column.rows[at]] : (at) => column[at]));
  const size = columns.length ? (columns[0].rows ?? columns[0]).length : 0;
  const [above, below] = [document.createElement("tr"), document.createElement("tr")];
  for (const gap of [above, below]) { gap.className = "gap"; gap.setAttribute("aria-hidden", "true"); }
  let [seen, words, height, drawn] = [[], null, 0, ""];

  const row = (at, place) => {
    const made = document.createElement("tr");
    made.setAttribute("aria-rowindex", place + 2);
    if (place % 2) made.className = "odd";
    for (const of of cell) {
      const td = document.createElement("td");
      td.textContent = of(at);
      made.append(td);
    }
    return made;
  };
  const fill = (from, to) => {
    above.style.height = `${from * height}px`;
    below.style.height = `${(seen.length - to) * height}px`;
    body.replaceChildren(above, ...seen.slice(from, to).map((at, index) => row(at, from + index)), below);
  };
  const draw = () => {
    height ||= body.rows[0] ? body.rows[0].getBoundingClientRect().height : 30;
    const from = Math.max(0, Math.floor(box.scrollTop / height) - MARGIN);
    const to = Math.min(seen.length, Math.ceil((box.scrollTop + box.clientHeight) / height) + MARGIN);
    if (drawn === `${from} ${to}`) return;
    drawn = `${from} ${to}`;
    fill(from, to);
  };
  const again = () => { drawn = ""; draw(); };
  const widths = () => {
    const group = document.createElement("colgroup");
    columns.forEach((column, index) => {
      const some = column.each ?? column;
      let longest = table.tHead.rows[0].cells[index].textContent.length + 3;
      for (let at = 0; at < some.length; at += Math.ceil(some.length / 2000)) longest = Math.max(longest, some[at].length);
      const col = document.createElement("col");
      col.style.width = `${Math.min(longest, 70) + 3}ch`;
      group.append(col);
    });
    table.prepend(group);
  };

  const note = document.createElement("p");
  note.className = "hint printed";
  box.after(note);
  widths();
  box.classList.add("drawn");
  table.setAttribute("aria-rowcount", size + 1);
  document.querySelector(`[data-part="${table.id}"]`).remove();
  box.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  window.addEventListener("resize", again);
  window.addEventListener("beforeprint", () => {
    const most = Math.min(PRINTED, seen.length);
    note.textContent = `Printed: ${count(most)} of ${count(size)} rows, as searched and sorted.`;
    height = 0; // gaps take no room on paper
    fill(0, most);
  });
  window.addEventListener("afterprint", () => { body.replaceChildren(row(0, 0)); again(); });
  return {
    size,
    values: (column) => Array.from({ length: size }, (_, at) => cell[column](at)),
    words: () => (words ??= Array.from({ length: size }, (_, at) => cell.map((of) => of(at)).join(" ").toLowerCase())),
    show: (order, kept) => {
      seen = order.filter((at) => kept[at]);
      box.scrollTop = 0;
      again();
    },
  };
};

// Ranks each different value once, since columns repeat themselves; an empty one has no rank.
const ranked = (values) => {
  const different = [...new Set(values)];
  const key = different.some((value) => Number.isNaN(asNumber(value))) ? natural : asNumber;
  const keyed = different.map((value) => [key(value), value]).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const ranks = new Map(keyed.map(([, value], rank) => [value, rank]));
  return values.map((value) => (value === "" ? -1 : ranks.get(value)));
};

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const data = table.dataset.rows && document.getElementById(table.dataset.rows);
  const rows = data ? scrolled(table, JSON.parse(data.textContent)) : standing(table);
  const field = document.querySelector(`[data-filter="${table.id}"]`);
  const status = document.querySelector(`[data-shown="${table.id}"]`);
  const all = Array.from({ length: rows.size }, (_, at) => at);
  let [order, kept, number] = [all, new Uint8Array(rows.size).fill(1), rows.size];

  const show = () => {
    rows.show(order, kept);
    if (status) status.textContent = `${count(number)} of ${count(rows.size)} rows`;
  };
  const search = () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const words = wanted.length ? rows.words() : [];
    number = 0;
    for (const at of all) number += kept[at] = Number(wanted.every((word) => words[at].includes(word)));
    show();
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    let ranks = null;
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      ranks ??= ranked(rows.values(column));
      // An empty cell has nothing to say: it comes last, whichever way is sorted.
      order = [...all].sort((a, b) => (ranks[a] < 0) - (ranks[b] < 0) || (up ? ranks[a] - ranks[b] : ranks[b] - ranks[a]));
      show();
    });
  });
  if (field) {
    field.closest(".tool").hidden = false;
    field.addEventListener("input", search);
  }
  show();
}

const theme = document.getElementById("theme");
if (theme) {
  const names = ["system", "dark", "light"];
  const kept = (() => { try { return localStorage.getItem("mergegate-theme"); } catch { return null; } })();
  const set = (name) => {
    document.documentElement.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
    try { localStorage.setItem("mergegate-theme", name); } catch { /* a page that may keep nothing forgets it */ }
  };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    set(names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
  });
  set(names.includes(kept) ? kept : "system");
}
document.documentElement.dataset.ready = "yes";
