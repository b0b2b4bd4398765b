// Sorts, filters and searches the lists of the page. All that it knows stands in the markup; texts are only ever set as texts.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const RANK = ["unknown", "negligible", "low", "medium", "high", "critical"];

  // The choice of colours is kept where the browser allows it; a page opened from a file may have no store.
  const store = {
    get: () => { try { return localStorage.getItem("layerscan-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("layerscan-theme", value); } catch { /* Then it is asked again. */ } },
  };
  const themes = all('.theme input');
  for (const theme of themes) {
    theme.checked = theme.id === store.get() || theme.checked;
    theme.addEventListener("change", () => store.set(theme.id));
  }

  const cell = (row, column) => row.cells[column].textContent.trim();
  const ORDERS = {
    severity: (row) => RANK.indexOf(row.dataset.severity),
    number: (row, column) => {
      const number = parseFloat((row.cells[column].dataset.value ?? cell(row, column)).replaceAll(",", ""));
      return Number.isNaN(number) ? -1 : number;
    },
    text: (row, column) => cell(row, column),
  };
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));

  // Rows of one package stay together: they are sorted among themselves, and the packages by their first one.
  const sortable = (table) => {
    const heads = all("thead th[data-sort]", table);
    const sort = (head, direction) => {
      const column = head.cellIndex;
      const keyOf = ORDERS[head.dataset.sort];
      const parts = [...table.tBodies].map((body) => {
        const rows = [...body.rows].filter((row) => !row.classList.contains("group")).map((row) => ({ row, key: keyOf(row, column) }));
        rows.sort((a, b) => direction * compare(a.key, b.key));
        body.append(...rows.map((each) => each.row));
        return { body, key: rows.length ? rows[0].key : "" };
      });
      parts.sort((a, b) => direction * compare(a.key, b.key));
      if (parts.length > 1) table.append(...parts.map((part) => part.body));
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    };
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        // Of numbers and severities the high ones are looked for, of names the first.
        const first = head.dataset.sort === "text" ? 1 : -1;
        sort(head, now ? (now === "ascending" ? -1 : 1) : first);
      });
    }
  };

  const filterable = (form) => {
    const table = document.getElementById(form.dataset.for);
    const rows = all("tbody tr:not(.group)", table).map((row) => ({
      row,
      body: row.parentElement,
      kind: row.dataset.kind ?? row.parentElement.dataset.kind,
      name: row.parentElement.dataset.package,
      layer: row.dataset.layer,
      kev: row.querySelector(".kev") !== null,
    }));
    const base = Number(table.dataset.base);
    // A text of thousands of rows is put together when the first letter is typed.
    const text = (each) => (each.text ??= `${each.name ?? ""} ${each.row.textContent}`.toLowerCase());
    const option = (select, value, label) => select.append(new Option(label, value));
    const fill = (name, key) => {
      const select = form.elements.namedItem(name);
      if (!select) return;
      if (name === "layer" && base > 0) {
        option(select, "base", "those of the base image");
        option(select, "own", "those above it");
      }
      const values = [...new Set(rows.map(key))].filter((value) => value);
      for (const value of values.sort(collator.compare)) option(select, value, value);
    };
    fill("kind", (each) => each.kind);
    fill("package", (each) => each.name);
    fill("layer", (each) => each.layer);

    const value = (name) => form.elements.namedItem(name)?.value ?? "";
    const apply = () => {
      const boxes = all("[name=severity]", form);
      const severities = boxes.length ? new Set(boxes.filter((box) => box.checked).map((box) => box.value)) : null;
      const [fix, kind, name, layer] = ["fix", "kind", "package", "layer"].map(value);
      const words = value("search").toLowerCase().split(/\s+/).filter((word) => word);
      const kev = form.elements.namedItem("kev")?.checked;
      const inLayer = (each) => layer === "" || each.layer === layer
        || (each.layer !== "" && ((layer === "base" && Number(each.layer) < base) || (layer === "own" && Number(each.layer) >= base)));
      const bodies = new Map();
      let shown = 0;
      for (const each of rows) {
        const fits = (!severities || severities.has(each.row.dataset.severity)) && (!fix || each.row.dataset.fix === fix)
          && (!kind || each.kind === kind) && (!name || each.name === name) && inLayer(each) && (!kev || each.kev)
          && words.every((word) => text(each).includes(word));
        each.row.hidden = !fits;
        shown += fits;
        bodies.set(each.body, bodies.get(each.body) || fits);
      }
      for (const [body, any] of bodies) body.hidden = !any;
      form.querySelector("output").textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
    };
    let timer;
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(apply, event.target.type === "search" ? 150 : 0);
    });
    form.addEventListener("reset", () => setTimeout(apply, 0));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    apply();
    return { form, apply };
  };

  for (const table of all("table:has(th[data-sort])")) sortable(table);
  const forms = new Map(all("form.controls").map((form) => [form.dataset.for, filterable(form)]));

  // Numbers elsewhere on the page lead to what they count.
  for (const link of all("a[data-severity], a[data-layer]")) {
    link.addEventListener("click", () => {
      const target = forms.get(`${link.hash.slice(1)}-list`);
      if (!target) return;
      const { form, apply } = target;
      form.reset();
      if (link.dataset.severity) for (const box of all("[name=severity]", form)) box.checked = box.value === link.dataset.severity;
      if (link.dataset.layer) form.elements.namedItem("layer").value = link.dataset.layer;
      // After what the reset itself sets off.
      setTimeout(apply, 1);
    });
  }
})();
