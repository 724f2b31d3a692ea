"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const block = by("data");
  const data = block ? JSON.parse(block.textContent) : { days: [], columns: 0, rules: [], from: 0, to: 1 };

  // The calendar: numbers of the cell under the pointer, or under the cursor of the keyboard.
  const map = by("map");
  if (map) {
    const cursor = by("cursor");
    const readout = by("cell");
    let row = 0;
    let column = 0;
    const show = () => {
      const [id, matches, alerts, rings] = data.rules[row];
      const [day, hasFiles] = data.days[column];
      const gap = hasFiles ? "" : ", no log files";
      readout.textContent = `${id}, ${day}: ${matches[column]} matches, ${alerts[column]} alerts, ${rings[column]} rings${gap}`;
      cursor.setAttribute("x", column * 10);
      cursor.setAttribute("y", row * 10);
      cursor.setAttribute("visibility", "visible");
    };
    const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
    map.addEventListener("pointermove", (event) => {
      const box = map.getBoundingClientRect();
      column = clamp(Math.floor((event.clientX - box.left) / box.width * data.columns), data.days.length);
      row = clamp(Math.floor((event.clientY - box.top) / box.height * data.rules.length), data.rules.length);
      show();
    });
    map.addEventListener("focus", show);
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    map.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      row = clamp(row + step[0], data.rules.length);
      column = clamp(column + step[1], data.days.length);
      show();
    });
  }

  // The lanes: all of them show the same part of the time.
  const lanes = by("lane-box");
  if (lanes) {
    const total = Math.max((data.to - data.from) / 60, 1);
    const tracks = [...lanes.querySelectorAll("svg")];
    const axis = by("lane-axis").children;
    let start = 0;
    let width = total;
    const stamp = (minute) => new Date((data.from + Math.round(minute) * 60) * 1000).toISOString().slice(0, 16) + "Z";
    const draw = () => {
      width = Math.min(Math.max(width, 30), total);
      start = Math.min(Math.max(start, 0), total - width);
      for (const track of tracks) track.setAttribute("viewBox", `${start} 0 ${width} 10`);
      axis[0].textContent = stamp(start);
      axis[1].textContent = stamp(start + width);
    };
    const zoom = (factor) => {
      const middle = start + width / 2;
      width *= factor;
      start = middle - Math.min(Math.max(width, 30), total) / 2;
    };
    const act = {
      in: () => zoom(1 / 2), out: () => zoom(2),
      left: () => { start -= width / 4; }, right: () => { start += width / 4; },
    };
    const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right" };
    for (const button of document.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => { act[button.dataset.zoom](); draw(); });
    }
    lanes.addEventListener("keydown", (event) => {
      const name = keys[event.key];
      if (!name || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      act[name]();
      draw();
    });
  }

  // The findings: every word of the filter must occur in a row.
  const filter = by("filter");
  const severity = by("severity");
  const found = by("found");
  const rows = [...found.tBodies].flatMap((body) => [...body.rows].map((row) => [row, body.dataset.severity, null]));
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of rows) {
      entry[2] ??= entry[0].textContent.toLowerCase();
      const fits = (!severity.value || severity.value === entry[1]) && words.every((word) => entry[2].includes(word));
      entry[0].hidden = !fits;
      shown += fits ? 1 : 0;
    }
    by("shown").textContent = `${shown} of ${rows.length} shown`;
  };
  filter.addEventListener("input", apply);
  severity.addEventListener("change", apply);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      filter.focus();
    }
  });
  // Closed details would be missing on paper.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
})();
