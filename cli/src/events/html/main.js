// Which view is shown, and the keys.

const VIEWS = { dashboard: showDashboard, history: showHistory, event: showEvent, insights: showInsights, findings: showFindings, files: showFiles };
const LINKS = [["dashboard", "Dashboard"], ["history", "Event history"], ["insights", "Insights"], ["findings", "Findings"], ["files", "Files"]];

const show = () => {
  const { view, parameters } = readAddress();
  const name = Object.hasOwn(VIEWS, view) ? view : "dashboard";
  document.body.className = name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name === "history") readFilters(parameters);
  VIEWS[name](parameters);
  if (name !== "history") scrollTo(0, 0);
};

// Shows an address at once, and leaves the one before to the Back button.
const visit = (target) => {
  if (location.hash !== target) history.pushState(null, "", target);
  show();
};

const KEYS = {
  "/": () => { if (!by("words")) visit("#history"); by("words").focus(); },
  "?": () => { by("help").hidden = !by("help").hidden; },
  j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(20), PageUp: () => move(-20), Home: () => move(-Infinity), End: () => move(Infinity),
  Enter: () => { if (history_.chosen !== null) visit(eventAddress(history_.chosen)); },
};
const LIST_KEYS = new Set(["j", "k", "ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "Enter"]);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || data === null) return undefined;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else if (by("details")) choose(null);
    by("help").hidden = true;
  }
  if (typing || event.key === "Escape") return undefined;
  const view = LINKS[Number(event.key) - 1];
  if (view) return visit(`#${view[0]}`);
  if (!Object.hasOwn(KEYS, event.key)) return undefined;
  if (LIST_KEYS.has(event.key) && (!by("list") || /^(BUTTON|A|SUMMARY|PRE)$/.test(event.target.tagName))) return undefined;
  event.preventDefault();
  return KEYS[event.key]();
});

addEventListener("hashchange", () => { if (data !== null) show(); });
addEventListener("resize", drawRows);
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  printHistory();
});
addEventListener("afterprint", drawRows);

// Settled when the page can be used.
const ready = (async () => {
  data = JSON.parse(await unpack(by("data").textContent));
  rows = data.times.length;
  document.querySelector("nav").append(...LINKS.map(([view, label]) => make("a", { href: `#${view}` }, label)));
  show();
})();
ready.catch((error) => { by("main").textContent = `This page cannot be shown: ${error.message}`; });
