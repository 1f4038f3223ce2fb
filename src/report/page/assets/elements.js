// Elements, and how figures are written.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with its children. Texts become text nodes, whatever they hold.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | EventListener | null>} attributes
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * The same of SVG.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | EventListener | null>} attributes
 * @param {...(Node | string | null)} children
 * @returns {SVGElement}
 */
function s(tag, attributes = {}, ...children) {
  return fill(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, string | number | boolean | EventListener | null>} attributes
 * @param {(Node | string | null)[]} children
 * @returns {E}
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== false) element.setAttribute(name, `${value}`);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The width of a drawing in units of its own: letters keep their size on narrow screens. */
function panelWidth() {
  const room = document.getElementById("figures")?.clientWidth ?? 520;
  return Math.max(260, Math.min(520, room));
}

/**
 * @param {number} count
 * @returns {string}
 */
function counted(count) {
  return count.toLocaleString("en");
}

/**
 * @param {number} count
 * @param {string} noun
 * @returns {string} "1 article", "2 articles".
 */
function several(count, noun) {
  return `${counted(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A stance with its sign, in three digits.
 * @param {number | null} millionths
 * @returns {string}
 */
function stance(millionths) {
  if (millionths === null) return "–";
  const rounded = mean(millionths, 1000);
  const digits = (Math.abs(rounded) / 1000).toFixed(3);
  return rounded < 0 ? `−${digits}` : rounded > 0 ? `+${digits}` : digits;
}

/**
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
function percent(part, whole) {
  return whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

/**
 * @param {Ends} ends
 * @returns {string}
 */
function range(ends) {
  return ends ? `${stance(ends[0])} to ${stance(ends[1])}` : "–";
}

/**
 * A cell with a stance, coloured by its sign, and its interval below if there can be one.
 * @param {string} name
 * @param {number | null} value
 * @param {Ends} [ends]
 * @returns {HTMLElement}
 */
function stanceCell(name, value, ends) {
  const shown = value === null ? 0 : mean(value, 1000);
  const sign = shown < 0 ? "negative" : shown > 0 ? "positive" : "";
  const attributes = { class: sign, "data-name": name, "data-value": value ?? "" };
  if (ends === undefined) return h("td", attributes, stance(value));
  const below = ends ? range(ends) : value === null ? "" : "too few articles";
  return h("td", { ...attributes, "data-interval": ends ? ends.join(" ") : "" }, stance(value), h("small", {}, below));
}

/**
 * The colour behind a stance: orange for negative ones, blue for positive ones, stronger the further from 0.
 * @param {HTMLElement} element
 * @param {number | null} value
 */
function shade(element, value) {
  if (value === null) return;
  const strength = (6 + 50 * Math.min(1, Math.abs(value) / 1e6)).toFixed(1);
  const hue = value < 0 ? "negative" : "positive";
  element.style.backgroundColor = `color-mix(in srgb, var(--${hue}) ${strength}%, transparent)`;
}

/**
 * A table whose columns sort it. Cells carry what they are sorted by in `data-value`, else their text counts.
 * @param {string} caption
 * @param {string[]} columns
 * @param {HTMLElement[]} rows
 * @returns {HTMLElement}
 */
function sortable(caption, columns, rows) {
  const body = h("tbody", {}, ...rows);
  /** @type {HTMLElement[]} */
  const heads = columns.map((name, column) => {
    const button = h("button", { type: "button", click: () => sort(column) }, name);
    return h("th", { scope: "col" }, button);
  });
  /** @param {number} column */
  const sort = (column) => {
    const isDown = heads[column].getAttribute("aria-sort") === "descending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", isDown ? "ascending" : "descending");
    /** @param {HTMLElement} row */
    const key = (row) => {
      const cell = /** @type {HTMLElement} */ (row.children[column]);
      return cell.dataset.value ?? cell.textContent ?? "";
    };
    const sorted = [...rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      // What has no figure comes last, either way.
      if (x === "" || y === "") return (x === "" ? 1 : 0) - (y === "" ? 1 : 0);
      const order =
        Number.isNaN(Number(x)) || Number.isNaN(Number(y)) ? x.localeCompare(y) : Number(x) - Number(y);
      return isDown ? order : -order;
    });
    body.append(...sorted);
  };
  const table = h(
    "table",
    {},
    h("caption", { class: "soft" }, caption),
    h("thead", {}, h("tr", {}, ...heads)),
    body,
  );
  return h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": caption }, table);
}
