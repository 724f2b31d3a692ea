// The other views: dashboard, event, Insights, findings and files.

const AROUND = 600;
const NEWEST = 10;
const MOST_ROWS = 50;
const NUMBERS = new Set(["Events", "Events shown", "Size", "A minute", "Usually"]);
const SEVERITIES = ["critical", "high", "medium", "low", "informational"];

const table = (header, lines) => make("div", { class: "wide" }, make("table", {},
  make("thead", {}, make("tr", {}, header.map((text) => make("th", { scope: "col", class: NUMBERS.has(text) ? "number" : false }, text)))),
  make("tbody", {}, lines.map((cells) => make("tr", {}, cells.map((one) => (one instanceof Element && one.tagName === "TD" ? one : make("td", {}, one))))))));
const numberCell = (value) => make("td", { class: "number" }, typeof value === "number" ? number(value) : value);
const time = (row) => stamp(data.times[row]);
const timeCell = (row) => make("td", { class: "time" }, eventLink(row, time(row)));
const longCell = (column, row) => make("td", { class: "long" }, cell(column, row) ?? "-");
const eventLine = (row) => [timeCell(row), make("td", { class: "long" }, only("user", cell("user", row))), cell("name", row) ?? "-", make("td", { class: cell("outcome", row) === "ok" ? "long" : "long bad" }, cell("outcome", row) ?? "-"), longCell("resource", row), longCell("ip", row)];
const EVENT_HEADER = ["Time", "User", "Event name", "Outcome", "Resource", "Address"];
const none = (text) => make("p", { class: "fine" }, text);
const severity = (rule) => make("td", { class: `severity ${rule.severity}` }, rule.severity);

// Everything about one event. The record follows when it is unpacked.
const eventDetails = (row) => {
  const facts = make("dl", { class: "facts" });
  const fact = (label, ...content) => facts.append(make("dt", {}, label), make("dd", {}, ...content));
  const linked = (label, column) => cell(column, row) !== null && fact(label, only(column, cell(column, row)));
  const plain = (label, column) => cell(column, row) !== null && fact(label, cell(column, row));
  fact("When", `${time(row)} UTC`);
  linked("Who", "user");
  plain("Type", "type");
  linked("ARN", "arn");
  linked("Access key", "access_key");
  if (cell("mfa", row) !== null) fact("MFA", cell("mfa", row) === "true" ? "yes" : "no");
  linked("What", "name");
  linked("Service", "source");
  if (cell("read_only", row) !== null) fact("Kind", cell("read_only", row) === "true" ? "read" : "write");
  linked("On", "resource");
  fact("Outcome", make("span", { class: cell("outcome", row) === "ok" ? "good" : "bad" }, cell("outcome", row) ?? "-"), cell("error_message", row) === null ? "" : `: ${cell("error_message", row)}`);
  linked("From", "ip");
  plain("Program", "agent");
  linked("Account", "account");
  linked("Region", "region");
  linked("Shared id", "shared_event_id");
  fact("Event id", eventLink(row, cell("event_id", row) ?? "none"));
  linked("Log file", "log_file");
  const matched = data.rules.filter((rule) => rule.rows.includes(row));
  if (matched.length) fact("Rules", matched.map((rule, at) => [at ? ", " : "", only("rule", rule.id)]));
  const text = make("pre", { class: "record", tabindex: 0, "aria-label": "Record" }, "…");
  record(row).then((line) => { text.textContent = pretty(line); });
  return make("div", {}, make("h3", {}, cell("name", row) ?? "Event"), facts, make("h3", {}, "Record"), text);
};

const findEvent = (id) => {
  const place = /^row (\d+)$/.exec(id);
  if (place) return Number(place[1]) < rows ? Number(place[1]) : -1;
  const at = data.columns.event_id.values.indexOf(id);
  return at < 0 ? -1 : data.columns.event_id.index.indexOf(at);
};
const quoted = (text) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const showEvent = (parameters) => {
  const id = new URLSearchParams(parameters).get("id") ?? "";
  const row = findEvent(id);
  if (row < 0) return fill(by("main"), make("h2", {}, "Event"), none(`No event of this page has the id ${id}.`));
  const session = cell("session", row);
  const around = [];
  for (let other = 0; other < rows; other++) if (session !== null && cell("session", other) === session && Math.abs(data.times[other] - data.times[row]) <= AROUND) around.push(other);
  const command = `trailbell events show ${quoted(cell("event_id", row) ?? "")} ${data.sources.map(quoted).join(" ")}`;
  fill(by("main"),
    make("h2", {}, "Event"), eventDetails(row),
    make("h2", {}, "The same session within 10 minutes"),
    session === null ? none("The record does not name a session.") : table(EVENT_HEADER, around.slice(0, MOST_ROWS).map(eventLine)),
    around.length > MOST_ROWS && make("p", {}, only("session", session, `All ${counted(around.length, "event")} of the session`)),
    cell("event_id", row) !== null && data.sources.length > 0 && [make("h2", {}, "Show it again"), make("pre", {}, command)]);
};

const card = (label, count, detail, href) => make("div", { class: "card" }, make("dt", {}, href ? make("a", { href }, label) : label), make("dd", { class: "big" }, number(count)), make("dd", {}, detail));
const top_ = (column, label, wanted) => {
  const counts = countBy(column, wanted).filter(([value]) => value !== null).slice(0, 8);
  return make("section", {}, make("h3", {}, label), counts.length ? table([label, "Events"], counts.map(([value, count]) => [only(column, value), numberCell(count)])) : none("None."));
};
const newestFindings = () => {
  const all = data.rules.flatMap((rule) => rule.rows.slice(0, NEWEST).map((row) => [rule, row]));
  return all.sort((one, two) => one[1] - two[1]).slice(0, NEWEST);
};
const showDashboard = () => {
  const failed = (row) => cell("outcome", row) !== "ok";
  const distinct = (column) => countBy(column).filter(([value]) => value !== null).length;
  const failures = countBy("outcome").filter(([value]) => value !== "ok").reduce((sum, [, count]) => sum + count, 0);
  const fired = data.rules.filter((rule) => rule.rows.length);
  const matches = fired.reduce((sum, rule) => sum + rule.rows.length, 0);
  const all = Array.from({ length: rows }, (_, row) => row);
  fill(by("main"),
    make("h2", {}, "Dashboard"), searched(),
    make("dl", { class: "cards" },
      card("Events", rows, data.isComplete ? "everything was read" : "not everything could be read", "#history"),
      card("Failed calls", failures, "errors and refusals"),
      card("Users", distinct("user"), `${counted(distinct("account"), "account")}, ${counted(distinct("region"), "region")}`),
      card("Findings", matches, `${fired.length} of ${counted(data.rules.length, "rule")} match`, "#findings"),
      card("Insights", joined().length, "times of unusual activity", "#insights")),
    histogram(all, (from, to) => visit(address("history", [["from", `${stamp(from)}Z`], ["to", `${stamp(to)}Z`]]))),
    make("h2", {}, "Newest findings"),
    fired.length ? table(["Severity", "Rule", ...EVENT_HEADER], newestFindings().map(([rule, row]) => [severity(rule), only("rule", rule.id, rule.title), ...eventLine(row)])) : none("No rule matches any of these events."),
    make("h2", {}, "Newest events"), table(EVENT_HEADER, all.slice(0, NEWEST).map(eventLine)),
    make("h2", {}, "Most frequent"),
    make("div", { class: "tops" }, top_("user", "User"), top_("name", "Event name"), top_("ip", "Address"), top_("outcome", "Error", failed), top_("account", "Account"), top_("region", "Region")));
};
const searched = () => [make("p", {}, data.summary), data.notes.map((note) => make("p", { class: "note" }, note))];

// Start and end of an activity share an id.
const joined = () => {
  const all = new Map();
  for (const insight of data.insights) {
    const key = insight.sharedId ?? `row ${insight.row}`;
    const one = all.get(key) ?? { rows: [] };
    one.rows.push(insight.row);
    one[insight.details.state === "End" ? "end" : "start"] ??= insight;
    all.set(key, one);
  }
  return [...all.values()];
};
const rate = (value) => (typeof value === "number" ? String(Number(value.toPrecision(3))) : "unknown");
const rateBar = (label, value, most) => {
  const bar = draw("svg", { class: "rate", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, draw("rect", { class: "bar", x: 0, y: 0, height: 10, width: most > 0 && typeof value === "number" ? value / most * 100 : 0 }));
  return make("div", { class: "rates" }, make("span", {}, label), bar, make("span", { class: "number" }, `${rate(value)} a minute`));
};
const attributions = (insights) => {
  const lists = insights.map((insight) => insight?.details.insightContext?.attributions).filter((list) => Array.isArray(list) && list.length);
  const list = lists[0] ?? [];
  const lines = list.flatMap(({ attribute, insight, baseline }) => {
    const usual = new Map((Array.isArray(baseline) ? baseline : []).map(({ value, average }) => [value, average]));
    return (Array.isArray(insight) ? insight : []).map(({ value, average }) => [String(attribute), String(value), numberCell(rate(average)), numberCell(usual.has(value) ? rate(usual.get(value)) : "-")]);
  });
  return lines.length > 0 ? table(["Attribute", "Value", "A minute", "Usually"], lines) : none("The records attribute it to nobody.");
};
const showInsight = ({ start, end, rows: both }) => {
  const { details } = end ?? start;
  const statistics = details.insightContext?.statistics ?? {};
  const [unusual, usual] = [statistics.insight?.average, statistics.baseline?.average];
  const most = Math.max(typeof unusual === "number" ? unusual : 0, typeof usual === "number" ? usual : 0);
  const [from, to] = [start ? data.times[start.row] : null, end ? data.times[end.row] : null];
  const source = String(details.eventSource ?? "");
  const calls = [["name", String(details.eventName ?? "")], ["source", source]];
  if (from !== null) calls.push(["from", `${stamp(from)}Z`]);
  if (to !== null) calls.push(["to", `${stamp(to)}Z`]);
  return make("section", { class: "insight" },
    make("h3", {}, `${details.eventName ?? "An API"} (${source}): ${details.insightType ?? "Insight"}${details.errorCode ? `, ${details.errorCode}` : ""}`),
    make("p", {}, from === null ? "" : `From ${stamp(from)}`, to === null ? ", no end on this page" : ` to ${stamp(to)}`, " in ", cell("region", both[0]) ?? "-", ", account ", cell("account", both[0]) ?? "-"),
    rateBar("Unusual", unusual, most), rateBar("Usual", usual, most), attributions([end, start]),
    make("p", {}, make("a", { href: address("history", calls) }, "The calls"), " · ", both.map((row, at) => [at ? ", " : "", eventLink(row, at ? "other record" : "record")])));
};
const showInsights = () => fill(by("main"), make("h2", {}, "Insights"), data.insights.length ? joined().map(showInsight) : none("None of these events was written by CloudTrail Insights."));

const showFindings = () => {
  const fired = data.rules.filter((rule) => rule.rows.length);
  fired.sort((one, two) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(two.severity) || two.rows.length - one.rows.length);
  const line = (rule) => [severity(rule), make("td", {}, only("rule", rule.id, rule.title), make("br"), make("span", { class: "fine" }, rule.summary)), numberCell(rule.rows.length), timeCell(rule.rows.at(-1)), timeCell(rule.rows[0])];
  const quiet = data.rules.filter((rule) => !rule.rows.length).map((rule) => rule.id);
  fill(by("main"),
    make("h2", {}, "Findings"), none(`${counted(data.rules.length, "rule")} were run over the ${counted(rows, "event")} of this page. Events that are not on it, such as reads that were left out, are not judged, and thresholds of alarms are not applied.`),
    fired.length ? table(["Severity", "Rule", "Events", "First", "Last"], fired.map(line)) : none("No rule matches any of these events."),
    fired.map((rule) => make("details", {}, make("summary", {}, `${rule.title}: ${counted(rule.rows.length, "event")}`), rule.response && make("p", {}, rule.response), table(EVENT_HEADER, rule.rows.slice(0, MOST_ROWS).map(eventLine)))),
    make("h2", {}, "Without a match"), none(quiet.length ? quiet.join(", ") : "Every rule matches."));
};

const bytes = (count) => (count < 1024 ? `${count} B` : count < 1048576 ? `${(count / 1024).toFixed(1)} KiB` : count < 1073741824 ? `${(count / 1048576).toFixed(1)} MiB` : `${(count / 1073741824).toFixed(1)} GiB`);
const sizes = (one) => {
  const parts = [counted(one.logFiles, "log file"), bytes(one.bytes)];
  if (one.insightsFiles) parts.push(counted(one.insightsFiles, "Insights file"));
  if (one.networkActivityFiles) parts.push(counted(one.networkActivityFiles, "network activity file"));
  if (one.digests) parts.push(counted(one.digests, "digest"));
  return parts.join(", ");
};
const showFiles = () => {
  const { files } = data;
  if (!files) return fill(by("main"), make("h2", {}, "Files"), none("The events were not read from files."));
  const events = new Map(countBy("log_file"));
  const object = (one) => [events.has(one.name) ? only("log_file", one.name) : one.name, one.kind, numberCell(bytes(one.bytes)), numberCell(events.get(one.name) ?? 0), one.deliveredAt];
  const day = (one) => make("details", {}, make("summary", {}, `${one.day}: ${sizes(one)}`), one.objects ? table(["File", "Kind", "Size", "Events shown", "Delivered"], one.objects.map(object)) : none("There are too many files to list them here: `trailbell events files --depth files`."));
  const gap = (one) => make("p", { class: "note bad" }, `Missing: ${one.first === one.last ? one.first : `${one.first} to ${one.last}`} (${counted(one.days, "day")})`);
  const region = (one) => make("details", { open: true, class: "region" }, make("summary", {}, `${one.region}: ${sizes(one)}`), one.missing.map(gap), one.days.map(day));
  const account = (one) => make("section", {}, make("h3", {}, `${one.account}: ${sizes(one)}`), one.regions.map(region));
  fill(by("main"),
    make("h2", {}, "Files"), none(files.missingDays ? `${counted(files.missingDays, "day")} between days with files ${files.missingDays === 1 ? "has" : "have"} none.` : "Every day between the first and the last has files."),
    files.otherFiles > 0 && none(`${counted(files.otherFiles, "file")} not named like files of a trail.`), files.accounts.map(account));
};
