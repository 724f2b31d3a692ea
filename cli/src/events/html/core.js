"use strict";
// The data of the page, its address, and the one way in which text becomes visible: as text.
// Deceptive characters were written out before the data was made.

const SVG = "http://www.w3.org/2000/svg";

// Makes an element. Members that begin with `on` are listeners, never attributes.
const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};
const make = (name, attributes = {}, ...children) => build(document.createElement(name), attributes, children);
const draw = (name, attributes = {}, ...children) => build(document.createElementNS(SVG, name), attributes, children);
const fill = (node, ...children) => {
  node.replaceChildren();
  return build(node, {}, children);
};
const by = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");
const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

const unpack = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
};

// What the views read. `columns` has a dictionary for each column: `values[index[row]]`, where null means none.
let data = null;
let rows = 0;
const blocks = new Map();

const cell = (column, row) => data.columns[column].values[data.columns[column].index[row]];
// The record of a row, on one line.
const record = async (row) => {
  const block = Math.floor(row / data.blockSize);
  if (!blocks.has(block)) blocks.set(block, unpack(by(`records-${block}`).textContent).then((text) => text.split("\n")));
  return (await blocks.get(block))[row % data.blockSize];
};
const countBy = (column, wanted = () => true) => {
  const { values, index } = data.columns[column];
  const counts = new Uint32Array(values.length);
  for (let row = 0; row < rows; row++) if (wanted(row)) counts[index[row]]++;
  return [...counts].map((count, at) => [values[at], count]).filter(([, count]) => count > 0).sort((one, two) => two[1] - one[1]);
};

const stamp = (second) => (second === null ? "-" : new Date(second * 1000).toISOString().slice(0, 19).replace("T", " "));
const parseTime = (text) => {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?Z?$/.exec(text.trim());
  if (!match) return null;
  const time = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ":00"}Z`);
  return Number.isNaN(time) ? null : time / 1000;
};

// The address: `#view?column=value&...`. Everything that can be seen is in it.
const address = (view, parameters) => {
  const text = new URLSearchParams(parameters).toString();
  return `#${view}${text ? `?${text}` : ""}`;
};
const readAddress = () => {
  const [view, query] = location.hash.slice(1).split("?");
  return { view: view || "dashboard", parameters: [...new URLSearchParams(query ?? "")] };
};
const only = (column, value, text) => make("a", { href: address("history", [[column, value ?? ""]]) }, text ?? value ?? "-");
const eventAddress = (row) => address("event", [["id", cell("event_id", row) ?? `row ${row}`]]);
const eventLink = (row, text) => make("a", { href: eventAddress(row) }, text);

// A record with a member on each line. Numbers and the order of members stay as they are.
const pretty = (text) => {
  let out = "";
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      out += character;
      if (character === "\\") out += text[++at] ?? "";
      else if (character === '"') inText = false;
    } else if (character === '"') {
      out += character;
      inText = true;
    } else if (character === "{" || character === "[") {
      const close = /^\s*[}\]]/.exec(text.slice(at + 1, at + 100));
      if (close) {
        out += character + close[0].trim();
        at += close[0].length;
      } else out += `${character}\n${"  ".repeat(++depth)}`;
    } else if (character === "}" || character === "]") out += `\n${"  ".repeat(--depth)}${character}`;
    else if (character === ",") out += `,\n${"  ".repeat(depth)}`;
    else if (character === ":") out += ": ";
    else if (!/\s/.test(character)) out += character;
  }
  return out;
};
