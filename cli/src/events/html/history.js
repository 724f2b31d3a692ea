// Event history: filters, their pickers, the histogram, the list and the details beside it.

const PICKERS = [["user", "User"], ["name", "Event name"], ["outcome", "Outcome"], ["resource", "Resource"], ["ip", "Address"], ["account", "Account"], ["region", "Region"], ["source", "Source"]];
const SHOWN = ["time", "user", "name", "outcome", "resource", "ip", "account", "region"];
const HEADERS = { time: "Time", ...Object.fromEntries(PICKERS) };
const FILTERED = new Set([...PICKERS.map(([column]) => column), "access_key", "arn", "type", "error", "read_only", "event_id", "shared_event_id", "session", "log_file"]);
const ROW_HEIGHT = 28;
const PICKED = 12;
const PRINTED = 2000;
const STEPS = [60, 300, 900, 3600, 10800, 21600, 86400, 604800, 2592000];

const history_ = { filters: new Map(), rule: null, words: "", from: null, to: null, chosen: null, found: [], counts: new Map(), places: new Map() };

const readFilters = (parameters) => {
  Object.assign(history_, { filters: new Map(), rule: null, words: "", from: null, to: null });
  for (const [name, value] of parameters) {
    if (name === "words") history_.words = value;
    else if (name === "from" || name === "to") history_[name] = parseTime(value);
    else if (name === "rule") history_.rule = value;
    else if (FILTERED.has(name)) history_.filters.set(name, (history_.filters.get(name) ?? new Set()).add(value));
  }
};
const writeFilters = () => {
  const parameters = [];
  for (const [name, values] of history_.filters) for (const value of values) parameters.push([name, value]);
  if (history_.rule) parameters.push(["rule", history_.rule]);
  for (const name of ["from", "to"]) if (history_[name] !== null) parameters.push([name, `${stamp(history_[name]).replace(" ", "T")}Z`]);
  if (history_.words) parameters.push(["words", history_.words]);
  return parameters;
};

// One test for each filter. Those of pickers come with their column, because a picker counts what the others leave.
const tests = () => {
  const all = [];
  for (const [column, wanted] of history_.filters) {
    const { values, index } = data.columns[column];
    const fits = values.map((value) => wanted.has(value ?? ""));
    all.push([column, (row) => fits[index[row]]]);
  }
  const { from, to, rule } = history_;
  if (from !== null) all.push(["from", (row) => data.times[row] !== null && data.times[row] >= from]);
  if (to !== null) all.push(["to", (row) => data.times[row] !== null && data.times[row] < to]);
  if (rule) {
    const matched = new Set(data.rules.find((one) => one.id === rule)?.rows ?? []);
    all.push(["rule", (row) => matched.has(row)]);
  }
  for (const word of history_.words.toLowerCase().split(/\s+/).filter(Boolean)) {
    const hits = Object.values(data.columns).map(({ values, index }) => [values.map((value) => value?.toLowerCase().includes(word) ?? false), index]);
    all.push(["words", (row) => hits.some(([fits, index]) => fits[index[row]])]);
  }
  return all;
};

const select = () => {
  const all = tests();
  const found = [];
  const counts = new Map(PICKERS.map(([column]) => [column, new Uint32Array(data.columns[column].values.length)]));
  for (let row = 0; row < rows; row++) {
    let failed = null;
    let failures = 0;
    for (const [column, fits] of all) {
      if (fits(row)) continue;
      if (failed !== column) failures++;
      failed = column;
      if (failures > 1) break;
    }
    if (failures === 0) found.push(row);
    for (const [column, count] of counts) if (failures === 0 || (failures === 1 && failed === column)) count[data.columns[column].index[row]]++;
  }
  history_.found = found;
  history_.counts = counts;
  history_.places = new Map(found.map((row, place) => [row, place]));
};

const go = () => visit(address("history", writeFilters()));
const toggle = (column, value) => {
  const values = history_.filters.get(column) ?? new Set();
  if (!values.delete(value)) values.add(value);
  if (values.size) history_.filters.set(column, values);
  else history_.filters.delete(column);
  go();
};

const picker = (column, label) => {
  const { values } = data.columns[column];
  const chosen = history_.filters.get(column) ?? new Set();
  const options = [...history_.counts.get(column)].map((count, at) => [values[at] ?? "", count]).filter(([value, count]) => count || chosen.has(value));
  options.sort((one, two) => chosen.has(two[0]) - chosen.has(one[0]) || two[1] - one[1]);
  const option = ([value, count]) => make("button", { type: "button", class: "option", "data-key": `${column}=${value}`, "aria-pressed": String(chosen.has(value)), title: value || "none", onclick: () => toggle(column, value) },
    make("span", {}, value || "-"), make("span", { class: "number" }, number(count)));
  const more = options.length - PICKED;
  return make("section", { class: "picker", "aria-label": label }, make("h3", {}, label), options.slice(0, PICKED).map(option), more > 0 && make("p", { class: "fine" }, `${number(more)} more: search for them`));
};

const chips = () => {
  const chip = (text, remove) => make("button", { type: "button", class: "chip", "aria-label": `Remove the filter ${text}`, onclick: remove }, text, " ×");
  const all = [];
  for (const [column, values] of history_.filters) for (const value of values) all.push(chip(`${column.replaceAll("_", " ")}: ${value || "-"}`, () => toggle(column, value)));
  if (history_.rule) all.push(chip(`rule: ${history_.rule}`, () => { history_.rule = null; go(); }));
  for (const name of ["from", "to"]) if (history_[name] !== null) all.push(chip(`${name} ${stamp(history_[name])}`, () => { history_[name] = null; go(); }));
  if (all.length) all.push(make("a", { href: "#history" }, "Clear all"));
  return all;
};

// Bars over time: what is selected, in front of everything.
const histogram = (found, choose) => {
  const times = data.times.filter((time) => time !== null);
  if (!times.length) return make("p", { class: "fine" }, "No event has a time.");
  const first = times.reduce((one, two) => Math.min(one, two));
  const last = times.reduce((one, two) => Math.max(one, two));
  const step = STEPS.find((one) => (last - first) / one < 90) ?? (last - first) / 90;
  const start = Math.floor(first / step) * step;
  const count = Math.floor((last - start) / step) + 1;
  const all = new Uint32Array(count);
  const wanted = new Uint32Array(count);
  const bar = (time) => Math.floor((time - start) / step);
  for (const time of times) all[bar(time)]++;
  for (const row of found) if (data.times[row] !== null) wanted[bar(data.times[row])]++;
  const most = Math.max(...all, 1);
  const bars = [...all].map((number_, at) => {
    const from = start + at * step;
    const part = (class_, value) => draw("rect", { class: class_, x: at * 10 + 1, width: 8, y: 40 - (value ? Math.max(value / most * 40, 1) : 0), height: value ? Math.max(value / most * 40, 1) : 0 });
    return draw("g", { onclick: () => choose(from, from + step) },
      draw("title", {}, `${stamp(from)}: ${number(wanted[at])} of ${counted(number_, "event")}`),
      draw("rect", { class: "touch", x: at * 10, width: 10, y: 0, height: 40 }), part("rest", number_), part("bar", wanted[at]));
  });
  return make("div", { class: "histogram" },
    draw("svg", { viewBox: `0 0 ${count * 10} 40`, preserveAspectRatio: "none", role: "img", "aria-label": `Events over time, at most ${number(most)} in a bar` }, bars),
    make("p", { class: "axis" }, make("span", {}, stamp(start)), make("span", {}, `${length(step)} a bar, at most ${number(most)} events`), make("span", {}, stamp(start + count * step))));
};
const length = (seconds) => (seconds % 86400 === 0 ? counted(seconds / 86400, "day") : seconds % 3600 === 0 ? counted(seconds / 3600, "hour") : counted(Math.round(seconds / 60), "minute"));

const rowCells = (row) => SHOWN.map((column) => {
  const text = column === "time" ? stamp(data.times[row]) : cell(column, row) ?? "-";
  return make("span", { role: "cell", class: column === "outcome" && text !== "ok" ? "bad" : false, title: text }, text);
});
// Only the rows that can be seen exist.
const drawRows = () => {
  const list = by("list");
  if (!list) return;
  const { found, chosen } = history_;
  const first = Math.max(Math.floor(list.scrollTop / ROW_HEIGHT) - 5, 0);
  const count = Math.ceil(list.clientHeight / ROW_HEIGHT) + 10;
  const nodes = found.slice(first, first + count).map((row, at) => {
    const node = make("div", { role: "row", class: row === chosen ? "row chosen" : "row", "aria-rowindex": first + at + 2, "aria-selected": String(row === chosen), onclick: () => choose(row), ondblclick: () => visit(eventAddress(row)) }, rowCells(row));
    node.style.top = `${(first + at) * ROW_HEIGHT}px`;
    return node;
  });
  const inner = by("rows");
  inner.style.height = `${found.length * ROW_HEIGHT}px`;
  inner.replaceChildren(...nodes);
};
const choose = (row) => {
  history_.chosen = row;
  const details = by("details");
  details.hidden = row === null;
  if (row !== null) {
    const place = history_.places.get(row) ?? 0;
    const list = by("list");
    const top = place * ROW_HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
    fill(details, make("button", { type: "button", class: "close", "aria-label": "Close the details", onclick: () => choose(null) }, "×"), eventDetails(row));
  }
  drawRows();
};
const move = (steps) => {
  const { found, chosen, places } = history_;
  if (!found.length) return;
  const place = places.has(chosen) ? places.get(chosen) + steps : 0;
  choose(found[Math.min(Math.max(place, 0), found.length - 1)]);
};

// A cell that a spreadsheet does not run, as in the CSV of the command.
const guarded = (text) => {
  const start = /^(?:(?![\t\r\n])[\s"'])*/u.exec(text)[0].length;
  const guard = /^[=+\-@\t\r\n＝＋－＠]/u.test(text.slice(start)) ? "'" : "";
  return `"${(guard + text).replaceAll('"', '""')}"`;
};
const csv = () => {
  const columns = Object.keys(data.columns).filter((column) => column !== "session");
  const line = (cells) => `${cells.map((text) => guarded(text ?? "")).join(",")}\r\n`;
  return line(columns) + history_.found.map((row) => line(columns.map((column) => cell(column, row)))).join("");
};
const jsonLines = async () => {
  const lines = [];
  for (const row of history_.found) lines.push(await record(row));
  return `{"Records":[\n${lines.join(",\n")}\n]}\n`;
};
const download = (name, type, text) => {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
};

const tools = () => {
  const field = (name, label, width, value, change) => make("label", {}, `${label} `, make("input", { id: name, size: width, value, type: "text", spellcheck: "false", autocomplete: "off", onchange: change }));
  const time = (name) => field(name, name === "from" ? "From" : "To", 17, history_[name] === null ? "" : stamp(history_[name]), (event) => {
    const value = event.target.value.trim();
    const second = parseTime(value);
    event.target.setAttribute("aria-invalid", String(value !== "" && second === null));
    if (value !== "" && second === null) return;
    history_[name] = second;
    go();
  });
  return make("div", { class: "tools" },
    field("words", "Search", 24, history_.words, (event) => { history_.words = event.target.value.trim(); go(); }), time("from"), time("to"),
    make("output", { id: "found" }, `${number(history_.found.length)} of ${counted(rows, "event")}`),
    make("button", { type: "button", id: "csv", onclick: () => download("events.csv", "text/csv", csv()) }, "CSV"),
    make("button", { type: "button", id: "records", onclick: async () => download("events.json", "application/json", await jsonLines()) }, "Records"));
};

// A change of the filters makes everything anew, but leaves the keyboard where it was.
const keepPlace = (change) => {
  const { id, dataset } = document.activeElement ?? {};
  const scrolled = document.querySelector(".pickers")?.scrollTop ?? 0;
  change();
  const pickers = document.querySelector(".pickers");
  pickers.scrollTop = scrolled;
  const again = dataset?.key ? [...pickers.querySelectorAll("button")].find((one) => one.dataset.key === dataset.key) : id && by(id);
  if (again) again.focus();
};
const showHistory = () => keepPlace(() => {
  select();
  if (!history_.places.has(history_.chosen)) history_.chosen = null;
  const header = make("div", { role: "row", class: "row head", "aria-rowindex": 1 }, SHOWN.map((column) => make("span", { role: "columnheader" }, HEADERS[column])));
  const list = make("div", { id: "list", tabindex: 0, onscroll: drawRows, "aria-label": "Events; arrow keys choose one" }, make("div", { id: "rows", role: "rowgroup" }));
  fill(by("main"),
    make("h2", { class: "only-printed" }, "Event history"), tools(), make("div", { class: "chips" }, chips()),
    histogram(history_.found, (from, to) => { Object.assign(history_, { from, to }); go(); }),
    make("div", { class: "split" },
      make("aside", { class: "pickers", "aria-label": "Filters" }, PICKERS.map(([column, label]) => picker(column, label))),
      make("div", { class: "table", role: "table", "aria-rowcount": history_.found.length + 1, "aria-label": "Events" }, header, list),
      make("aside", { id: "details", class: "details", "aria-label": "Details", hidden: true })));
  choose(history_.chosen);
});

// On paper there is no scrolling.
const printHistory = () => {
  const inner = by("rows");
  if (!inner) return;
  const { found } = history_;
  const nodes = found.slice(0, PRINTED).map((row) => make("div", { role: "row", class: "row" }, rowCells(row)));
  if (found.length > PRINTED) nodes.push(make("p", { class: "note" }, `${number(found.length - PRINTED)} more events are not printed. Filter first, or download them.`));
  inner.replaceChildren(...nodes);
};
