// Opens pages in headless Chromium and compares what they show with the tables.
//
// Usage: node page.mjs CASE FOLDER, where FOLDER has a page, report.html, and the tables as JSON Lines. CASE says what is tried:
// figures, cells, hostile or compared. Prints what was compared; fails by throwing.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const MOST_BYTES = 2_000_000;
const [, , name, folder] = process.argv;
let compared = 0;

/** The rows of a table. */
function table(file, from = folder) {
  const path = join(from, `${file}.jsonl`);
  return readFileSync(path, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** A figure of a table as pages have it. */
const millionths = (figure) => (figure === null ? "" : `${Math.round(figure * 1e6)}`);
const ends = (row, of = "stance") =>
  row[`${of}_low`] === null ? "" : `${millionths(row[`${of}_low`])} ${millionths(row[`${of}_high`])}`;

function same(found, wanted, what) {
  compared += 1;
  assert.equal(`${found}`, `${wanted}`, what);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens the page; whatever the browser complains of, and every request, is a fault. */
async function open(options = {}) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  const faults = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
  const address = pathToFileURL(resolve(folder, "report.html")).href;
  page.on("request", (request) => {
    if (request.url() !== address) faults.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "true");
  return { page, faults };
}

/** Values of cells by their attributes. */
async function cells(page, selector) {
  return page.$$eval(selector, (found) => found.map((cell) => ({ ...cell.dataset })));
}

/** The row of each actor in the first table, as the tables name its figures. */
async function actorRows(page) {
  const rows = await page.$$eval("#actors tbody tr", (found) =>
    found.map((row) => ({
      actor: row.dataset.actor,
      cells: Object.fromEntries(
        [...row.children].filter((it) => it.dataset.name).map((it) => [it.dataset.name, { ...it.dataset }]),
      ),
    })),
  );
  return new Map(rows.map((row) => [row.actor, row.cells]));
}

function sameActors(found, rows, what) {
  for (const row of rows) {
    const cell = found.get(row.actor);
    same(cell.articles.value, row.articles, `${what} articles ${row.actor}`);
    same(cell.mentions.value, row.mentions, `${what} mentions ${row.actor}`);
    if ("share_of_voice" in row) same(cell.share.value, millionths(row.share_of_voice), `${what} share ${row.actor}`);
    same(cell.stance.value, millionths(row.stance), `${what} stance ${row.actor}`);
    same(cell.stance.interval, ends(row), `${what} interval ${row.actor}`);
    for (const voice of ["author", "quoted"]) {
      const of = `${voice}_stance`;
      same(cell[voice].value, millionths(row[of]), `${what} ${of} ${row.actor}`);
      same(cell[voice].interval, ends(row, of), `${what} ${of} interval ${row.actor}`);
    }
  }
}

const pick = (page, id, label) => page.selectOption(`#${id}`, { label });

/** All that a page shows of everything. */
async function whole(page) {
  sameActors(await actorRows(page), table("actors"), "actors");
  const periods = new Map(
    (await page.$$eval("#time tbody tr", (rows) =>
      rows.map((row) => [
        `${row.dataset.actor} ${row.dataset.period}`,
        Object.fromEntries([...row.children].filter((it) => it.dataset.name).map((it) => [it.dataset.name, { ...it.dataset }])),
      ]),
    )),
  );
  for (const row of table("timeline")) {
    const cell = periods.get(`${row.actor} ${row.period}`);
    same(cell.articles.value, row.articles, "timeline articles");
    same(cell.total.value, row.articles_total, "timeline total");
    same(cell.stance.value, millionths(row.stance), "timeline stance");
    same(cell.stance.interval, ends(row), "timeline interval");
  }
  const groups = async (section) =>
    new Map(
      await page.$$eval(`#${section} tbody tr`, (rows) =>
        rows.map((row) => [row.dataset.group, [...row.querySelectorAll("td.heat")].map((it) => ({ ...it.dataset }))]),
      ),
    );
  for (const [section, rows, of] of [
    ["outlets", table("sources"), "source"],
    ["holders", table("pairs"), "holder"],
  ]) {
    const found = await groups(section);
    let met = 0;
    for (const row of rows) {
      // A page shows those of most articles.
      const cell = found.get(row[of])?.find((it) => it.actor === row.actor);
      if (!cell) continue;
      met += 1;
      same(cell.value, millionths(row.stance), `${section} stance`);
      same(cell.articles, row.articles, `${section} articles`);
      same(cell.interval, ends(row), `${section} interval`);
    }
    assert.ok(met >= 4, `${section}: ${met} rows`);
  }
  const labels = new Map((await cells(page, "#distribution .panel")).map((it) => [it.actor, it.labels]));
  for (const row of table("actors")) {
    same(labels.get(row.actor), `${row.negative} ${row.neutral} ${row.positive}`, "labels");
  }
}

/** Filters give what a query on the tables gives: `aggregate --by source --period month` made breakdown. */
async function filters(page, { intervals }) {
  const breakdown = table("breakdown", join(folder, "by"));
  const all = table("mentions");
  const sources = table("sources").filter((row) => row.source !== "");
  const outlets = await page.$$eval("#outlet option", (options) => options.map((it) => it.textContent));
  for (const outlet of [...new Set(sources.map((row) => row.source))].filter((it) => outlets.includes(it)).slice(0, 3)) {
    await pick(page, "outlet", outlet);
    sameActors(await actorRows(page), sources.filter((row) => row.source === outlet), outlet);
    const periods = await page.$$eval("#from option", (options) => options.map((it) => it.textContent));
    for (const period of periods.slice(0, 3)) {
      await pick(page, "from", period);
      await pick(page, "to", period);
      const rows = breakdown.filter((row) => row.value === outlet && row.period === `${period}-01`);
      const found = await actorRows(page);
      for (const row of intervals ? [] : rows) {
        // The articles are not in the page, so two filters together have no interval.
        for (const of of ["stance", "author_stance", "quoted_stance"]) row[`${of}_low`] = row[`${of}_high`] = null;
      }
      sameActors(found, rows, `${outlet} ${period}`);
    }
    await page.click("#reset");
  }
  await pick(page, "voice", "quoted words");
  const quoted = await actorRows(page);
  for (const row of table("actors")) {
    const mine = all.filter((it) => it.actor === row.actor && it.voice !== "author");
    const cell = quoted.get(row.actor);
    same(cell.mentions.value, mine.length, "quoted mentions");
    same(cell.articles.value, new Set(mine.map((it) => it.article_id)).size, "quoted articles");
    same(cell.stance.value, millionths(row.quoted_stance), "quoted stance");
  }
  const voices = await page.$$eval("#actors .cite", (found) => found.map((it) => it.textContent));
  assert.ok(voices.length > 0 && voices.every((it) => it.includes(" speaks")), "quoted sentences alone");
  await page.click("#reset");
  const chip = page.locator(".chips button").first();
  await chip.focus();
  await page.keyboard.press("Enter");
  same(await chip.getAttribute("aria-pressed"), "false", "an actor is left out by the keyboard");
  same((await actorRows(page)).size, table("actors").length - 1, "rows without the actor");
  await page.click("#reset");
  const cell = page.locator("#outlets td.heat button").first();
  const about = await cell.getAttribute("title");
  await cell.press("Enter");
  same(await cell.getAttribute("aria-pressed"), "true", "a cell is pressed");
  const shown = await page.$eval("#outlets details.evidence", (it) => [it.open, it.querySelector("summary").textContent]);
  assert.ok(shown[0] && about.startsWith(shown[1].replace("Sentences behind it: ", "")), `${shown} for ${about}`);
  const sort = page.locator("#actors thead th:nth-child(2) button");
  await sort.click();
  await sort.click();
  same(await page.getAttribute("#actors thead th:nth-child(2)", "aria-sort"), "ascending", "sorted");
  const order = (await cells(page, "#actors td[data-name=stance]")).map((it) => Number(it.value));
  same(order, [...order].sort((a, b) => a - b), "in order of stance");
}

/** Every sentence that is shown is a mention of the tables, with the words of the mention marked. */
async function sentences(page) {
  const known = new Set(table("mentions").map((it) => `${it.surface}|${it.sentence}`));
  const shown = await page.$$eval("#actors blockquote", (found) =>
    found.map((it) => `${it.querySelector("mark").textContent}|${it.textContent}`),
  );
  assert.ok(shown.length >= 9, `${shown.length} sentences`);
  for (const it of shown) assert.ok(known.has(it) || it.includes("…"), it);
  compared += shown.length;
}

/** No serious fault of accessibility, in every form of the page. */
async function accessible() {
  for (const options of [{}, { colorScheme: "dark" }, { viewport: { width: 360, height: 780 } }]) {
    const { page, faults } = await open(options);
    await page.$$eval("details", (found) => found.forEach((it) => it.setAttribute("open", "")));
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const serious = violations.filter((it) => ["serious", "critical"].includes(it.impact));
    assert.deepEqual(serious.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html).join(" ")}`), []);
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide`);
    assert.deepEqual(faults, []);
    await page.close();
    compared += 1;
  }
}

/** The page prints, in light colours and without its controls. */
async function printed() {
  const { page } = await open({ colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() => ({
    background: getComputedStyle(document.body).backgroundColor,
    controls: getComputedStyle(document.querySelector(".chips").closest("fieldset")).display,
  }));
  assert.deepEqual(shown, { background: "rgb(255, 255, 255)", controls: "none" });
  assert.ok((await page.pdf({ format: "A4" })).length > 20_000);
  await page.close();
  compared += 1;
}

const file = join(folder, "report.html");
assert.ok(existsSync(file) && statSync(file).size <= MOST_BYTES, "the page is 2 MB at most");
if (name === "figures" || name === "cells") {
  const { page, faults } = await open();
  await whole(page);
  await sentences(page);
  await filters(page, { intervals: name === "figures" });
  assert.deepEqual(faults, []);
  if (name === "figures") {
    await accessible();
    await printed();
  }
} else if (name === "hostile") {
  const { page, faults } = await open();
  await page.$$eval("details", (found) => found.forEach((it) => it.setAttribute("open", "")));
  for (const button of await page.$$("#outlets td.heat button")) await button.click();
  const text = await page.evaluate(() => document.body.textContent);
  for (const { source, title } of table("documents")) {
    assert.ok(text.includes(source.trim()) || source.length > 200, `outlet ${source}`);
    assert.ok(text.includes(title.trim()) || title.length > 200, `title ${title}`);
    compared += 1;
  }
  const elements = await page.evaluate(() => ({
    scripts: document.scripts.length,
    foreign: document.querySelectorAll("img, iframe, object, embed, base, form, link, [onerror], [onclick]").length,
    links: [...document.links].filter((it) => !it.href.startsWith("http") && !it.href.includes("#figures")).length,
  }));
  assert.deepEqual(elements, { scripts: 2, foreign: 0, links: 0 });
  sameActors(await actorRows(page), table("actors"), "actors");
  assert.deepEqual(faults, []);
} else if (name === "compared") {
  const { page, faults } = await open();
  const rows = await page.$$eval("#comparison tbody tr", (found) =>
    found.map((row) => [
      row.dataset.actor,
      Object.fromEntries([...row.children].filter((it) => it.dataset.name).map((it) => [it.dataset.name, { ...it.dataset }])),
    ]),
  );
  const found = new Map(rows);
  for (const row of table("differences", join(folder, "compared"))) {
    const cell = found.get(row.actor);
    same(cell.before.value, millionths(row.stance_before), "before");
    same(cell.after.value, millionths(row.stance_after), "after");
    same(cell.difference.value, millionths(row.difference), "difference");
    same(cell.difference.interval, ends(row, "difference"), "interval");
    same(cell.p.value, millionths(row.p), "p");
    same(cell["p-holm"].value, millionths(row.p_holm), "p (Holm)");
  }
  assert.deepEqual(faults, []);
} else {
  throw new Error(`no case ${name}`);
}
await browser.close();
console.log(compared);
