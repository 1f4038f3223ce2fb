// The figures. Each gives an element for a selection.

/**
 * A stance on a line from -1 to 1 with its interval.
 * @param {number | null} value
 * @param {Ends} ends
 * @returns {SVGElement}
 */
function stanceLine(value, ends) {
  /** @param {number} millionths */
  const x = (millionths) => 100 + (millionths / 1e6) * 92;
  return s(
    "svg",
    { viewBox: "0 0 200 22", "aria-hidden": "true" },
    ...[-1e6, -5e5, 5e5, 1e6].map((at) => s("line", { class: "grid", x1: x(at), x2: x(at), y1: 2, y2: 20 })),
    s("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 22 }),
    ends ? s("line", { class: "whisker", x1: x(ends[0]), x2: x(ends[1]), y1: 11, y2: 11 }) : null,
    value === null ? null : s("circle", { class: "dot", cx: x(value), cy: 11, r: 5 }),
  );
}

/**
 * A part of a whole as a bar.
 * @param {number} part
 * @param {number} whole
 * @returns {SVGElement}
 */
function shareBar(part, whole) {
  const width = whole > 0 ? (100 * part) / whole : 0;
  return s(
    "svg",
    { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "bar", x: 0, y: 0, width, height: 8 }),
    s("line", { class: "grid", x1: 0, x2: 100, y1: 8, y2: 8 }),
  );
}

/**
 * Actors side by side.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {ReturnType<typeof byActor>} figures
 * @param {ReturnType<typeof totalsOf>} totals
 * @returns {HTMLElement}
 */
function actorsTable(data, selection, figures, { mentions }) {
  const columns = ["Actor", "Stance", "−1 … 0 … +1"];
  const rows = [...selection.actors].map((actor) => {
    const of = figures[actor];
    const shown = [of.all, of.author, of.quoted][selection.voice];
    /**
     * @param {string} name
     * @param {number | string} value
     * @param {string} text
     */
    const cell = (name, value, text) => h("td", { "data-name": name, "data-value": value }, text);
    const row = h(
      "tr",
      { "data-actor": data.actors[actor].id },
      h("th", { scope: "row" }, data.actors[actor].name),
      stanceCell("stance", shown.stance, shown.ends),
      h("td", { class: "plot", "data-value": shown.stance ?? "" }, stanceLine(shown.stance, shown.ends)),
    );
    if (selection.voice === ALL) {
      row.append(
        stanceCell("author", of.author.stance, of.author.ends),
        stanceCell("quoted", of.quoted.stance, of.quoted.ends),
      );
    }
    row.append(
      cell("articles", shown.articles, counted(shown.articles)),
      cell("mentions", shown.mentions, counted(shown.mentions)),
      h(
        "td",
        { class: "share", "data-name": "share", "data-value": mentions > 0 ? mean(shown.mentions * 1e6, mentions) : 0 },
        percent(shown.mentions, mentions),
        shareBar(shown.mentions, mentions),
      ),
    );
    return row;
  });
  if (selection.voice === ALL) columns.push("Author’s words", "Quoted words");
  columns.push("Articles", "Mentions", "Share of voice");
  return sortable(`Stance towards each actor, in ${VOICES[selection.voice]}`, columns, rows);
}

/**
 * Stance and attention over time, a panel for each actor.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {ReturnType<typeof totalsOf>} totals
 * @returns {HTMLElement}
 */
function timeline(data, selection, { byPeriods }) {
  if (data.periods.length === 0) return h("p", { class: "soft" }, "No article has a date.");
  const figures = byPeriod(data, selection);
  
  const shown = data.periods.map((_, at) => at).filter((at) => at >= selection.from && at <= selection.to);
  const ends = [...selection.actors].flatMap((actor) =>
    shown.flatMap((at) => [figures[actor][at].stance ?? 0, ...(figures[actor][at].ends ?? [])]),
  );
  // One scale for all, the same on both sides of 0; it widens by quarters.
  const most = Math.max(0.25e6, Math.ceil(Math.max(0, ...ends.map(Math.abs)) / 0.25e6) * 0.25e6);
  const { met, missing } = mentioned(data, selection);
  const panels = met.map((actor) => {
    const series = shown.map((at) => figures[actor][at]);
    const labels = shown.map((at) => data.periods[at]);
    const totals = shown.map((at) => byPeriods[at]);
    const rows = shown.map((at, place) =>
      h(
        "tr",
        { "data-actor": data.actors[actor].id, "data-period": data.periods[at] },
        h("th", { scope: "row" }, data.periods[at]),
        h("td", { "data-name": "articles", "data-value": series[place].articles }, counted(series[place].articles)),
        h("td", { "data-name": "total", "data-value": totals[place] }, counted(totals[place])),
        stanceCell("stance", series[place].stance, series[place].ends),
      ),
    );
    const name = data.actors[actor].name;
    return h(
      "div",
      { class: "panel" },
      h("h3", {}, name),
      panel(name, labels, series, totals, data.period, most),
      h(
        "details",
        { class: "numbers" },
        h("summary", {}, `The same as a table: ${name}`),
        sortable(
          `${name} by ${data.period}, in ${VOICES[selection.voice]}`,
          ["From", "Articles", "Of all", "Stance"],
          rows,
        ),
      ),
    );
  });
  return h("div", {}, missing, h("div", { class: "panels" }, ...panels));
}

/**
 * The selected actors that are mentioned in the selection, and a line on those that are not.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {{ met: number[], missing: HTMLElement | null }}
 */
function mentioned(data, selection) {
  const found = new Set();
  data.units.actor.forEach((actor, unit) => {
    const isMet = data.units.articles[selection.voice][unit] > 0;
    if (isMet && isSelected(data, selection, data.units.outlet[unit], data.units.period[unit])) found.add(actor);
  });
  const names = [...selection.actors].filter((actor) => !found.has(actor)).map((actor) => data.actors[actor].name);
  return {
    met: [...selection.actors].filter((actor) => found.has(actor)),
    missing: names.length > 0 ? h("p", { class: "soft" }, `Not mentioned: ${names.join(", ")}.`) : null,
  };
}

/**
 * One panel: stance with its band above, the share of articles that mention the actor below.
 * @param {string} name
 * @param {string[]} labels
 * @param {Figures[]} series
 * @param {number[]} totals
  * @param {string} period
 * @param {number} most The stance at the upper end of the scale.
 * @returns {SVGElement}
 */
function panel(name, labels, series, totals, period, most) {
  const [width, left, right, top, height, below, share] = [panelWidth(), 44, 8, 10, 120, 26, 54];
  const inner = width - left - right;
  const step = inner / Math.max(1, labels.length);
  /** @param {number} place */
  const x = (place) => left + step * (place + 0.5);
  
  /** @param {number} value */
  const y = (value) => top + (height / 2) * (1 - value / most);
  const floor = top + height + below + share;
  const attention = series.map((it, place) => (totals[place] > 0 ? it.articles / totals[place] : 0));
  const highest = Math.max(0, ...attention);

  /** @type {SVGElement[]} */
  const marks = [];
  for (const part of runs(series, (it) => it.ends !== null)) {
    const upper = part.map((place) => `${x(place)},${y(series[place].ends?.[1] ?? 0)}`);
    const lower = [...part].reverse().map((place) => `${x(place)},${y(series[place].ends?.[0] ?? 0)}`);
    if (part.length > 1) marks.push(s("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
    else {
      const [low, high] = series[part[0]].ends ?? [0, 0];
      const rect = { x: x(part[0]) - 3, width: 6, y: y(high), height: Math.max(1, y(low) - y(high)) };
      marks.push(s("rect", { class: "band", ...rect }));
    }
  }
  for (const part of runs(series, (it) => it.stance !== null)) {
    const points = part.map((place) => `${x(place)},${y(series[place].stance ?? 0)}`);
    if (part.length > 1) marks.push(s("polyline", { class: "line", points: points.join(" ") }));
  }
  const radius = Math.max(1.5, Math.min(4, step / 3));
  series.forEach((it, place) => {
    const text = `${labels[place]}: ${stance(it.stance)}, ${it.ends ? range(it.ends) : "too few articles for an interval"}; ${counted(it.articles)} of ${several(totals[place], "article")}`;
    if (it.stance !== null) {
      const dot = s("circle", { class: it.ends ? "dot" : "dot few", cx: x(place), cy: y(it.stance), r: radius }, s("title", {}, text));
      marks.push(dot);
    }
    const tall = highest > 0 ? (attention[place] / highest) * share : 0;
    const wide = Math.min(step * 0.8, 40);
    const rect = { x: x(place) - wide / 2, width: wide, y: floor - tall, height: tall };
    marks.push(s("rect", { class: "bar", ...rect }, s("title", {}, text)));
  });
  const every = Math.ceil((labels.length * 80) / inner);
  const ticks = labels
    .map((label, place) => ({ label: shortDay(label, period), place }))
    .filter(({ place }) => place % every === 0);
  const stances = series.filter((it) => it.stance !== null);
  const last = stances[stances.length - 1];
  const summary = `${name}: stance by ${period} from ${labels[0]} to ${labels[labels.length - 1]}, ${stances.length} of ${labels.length} with mentions, the last ${stance(last ? last.stance : null)}.`;
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${floor + 22}`, role: "img", "aria-label": summary },
    ...[most, 0, -most].map((at) =>
      s("line", { class: at === 0 ? "zero" : "grid", x1: left, x2: width - right, y1: y(at), y2: y(at) }),
    ),
    ...[most, 0, -most].map((at) =>
      s("text", { x: left - 6, y: y(at) + 4, "text-anchor": "end" }, (at / 1e6).toFixed(2).replace("-", "−")),
    ),
    s("line", { class: "grid", x1: left, x2: width - right, y1: floor, y2: floor }),
    s("text", { x: left, y: top + height + below - 8 }, `mentioned in up to ${percent(highest, 1)} of articles`),
    ...marks,
    ...ticks.map(({ label, place }) => s("text", { x: x(place), y: floor + 16, "text-anchor": "middle" }, label)),
  );
}

/**
 * Places of neighbours that all fit.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => boolean} fits
 * @returns {number[][]}
 */
function runs(items, fits) {
  /** @type {number[][]} */
  const found = [];
  items.forEach((item, place) => {
    if (!fits(item)) return;
    const last = found[found.length - 1];
    if (last && last[last.length - 1] === place - 1) last.push(place);
    else found.push([place]);
  });
  return found;
}

/**
 * The first day of a period as a short label.
 * @param {string} day
 * @param {string} period
 * @returns {string}
 */
function shortDay(day, period) {
  return period === "year" ? day.slice(0, 4) : period === "month" ? day.slice(0, 7) : day;
}

/**
 * A table of who has what stance towards each actor; a cell is a button that shows its sentences.
 * @param {string} caption
 * @param {string} first
 * @param {{ name: string, id: string }[]} groups
 * @param {Figures[][]} figures By group, then by actor.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {(group: number, actor: number, button: HTMLElement) => void} press
 * @returns {HTMLElement}
 */
function heatTable(caption, first, groups, figures, data, selection, press) {
  const actors = [...selection.actors];
  const rows = groups
    .map((group, place) => ({ group, place, total: actors.reduce((sum, it) => sum + figures[place][it].mentions, 0) }))
    .filter(({ total }) => total > 0)
    .map(({ group, place, total }) =>
      h(
        "tr",
        { "data-group": group.id },
        h("th", { scope: "row" }, group.name),
        h("td", { "data-name": "mentions", "data-value": total }, counted(total)),
        ...actors.map((actor) => {
          const of = figures[place][actor];
          const cell = h("td", {
            class: "heat",
            "data-actor": data.actors[actor].id,
            "data-value": of.stance ?? "",
            "data-articles": of.articles,
            "data-interval": of.ends ? of.ends.join(" ") : "",
          });
          if (of.stance === null) {
            cell.append(h("span", { class: "soft" }, "–"));
            return cell;
          }
          const articles = several(of.articles, "article");
          const title = `${group.name} on ${data.actors[actor].name}: ${stance(of.stance)}, ${of.ends ? range(of.ends) : "too few articles for an interval"}`;
          /** @type {HTMLElement} */
          const button = h(
            "button",
            { type: "button", "aria-pressed": "false", title },
            stance(of.stance),
            h("small", {}, articles),
          );
          button.addEventListener("click", () => press(place, actor, button));
          shade(button, of.stance);
          cell.append(button);
          return cell;
        }),
      ),
    );
  const names = actors.map((actor) => data.actors[actor].name);
  return sortable(caption, [first, "Mentions", ...names], rows);
}

/**
 * How mentions are spread over labels and stances.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {ReturnType<typeof byActor>} figures
 * @returns {HTMLElement}
 */
function distribution(data, selection, figures) {
  const bars = histograms(data, selection);
  const { met, missing } = mentioned(data, selection);
  const panels = met.map((actor) => {
    const of = figures[actor];
    const { labels, mentions } = [of.all, of.author, of.quoted][selection.voice];
    const name = data.actors[actor].name;
    const most = Math.max(1, ...bars[actor]);
    const [width, height] = [panelWidth(), 90];
    const words = ["negative", "neutral", "positive"]
      .map((label, at) => `${counted(labels[at])} ${label} (${percent(labels[at], mentions)})`)
      .join(", ");
    let from = 0;
    const stacked = ["negative", "neutral", "positive"].map((label, at) => {
      const wide = mentions > 0 ? (labels[at] / mentions) * width : 0;
      const rect = s("rect", { class: `from-${label}`, x: from, width: wide, y: 0, height: 14 });
      from += wide;
      return rect;
    });
    const histogram = bars[actor].map((count, bar) => {
      const tall = (count / most) * height;
      const kind = bar < 10 ? "negative" : "positive";
      const low = (bar - 10) / 10;
      return s(
        "rect",
        { class: `from-${kind}`, x: (bar * width) / 20 + 1, width: width / 20 - 2, y: 26 + height - tall, height: tall },
        s("title", {}, `${low.toFixed(1)} to ${(low + 0.1).toFixed(1)}: ${counted(count)}`),
      );
    });
    return h(
      "div",
      { class: "panel", "data-actor": data.actors[actor].id, "data-labels": labels.join(" ") },
      h("h3", {}, name),
      h("p", { class: "soft" }, words),
      s(
        "svg",
        { viewBox: `0 0 ${width} ${height + 46}`, role: "img", "aria-label": `${name}: ${words}; mentions by stance from −1 to 1` },
        ...stacked,
        ...histogram,
        s("line", { class: "zero", x1: width / 2, x2: width / 2, y1: 22, y2: 26 + height }),
        s("line", { class: "grid", x1: 0, x2: width, y1: 26 + height, y2: 26 + height }),
        s("text", { x: 0, y: height + 42 }, "−1"),
        s("text", { x: width / 2, y: height + 42, "text-anchor": "middle" }, "0"),
        s("text", { x: width, y: height + 42, "text-anchor": "end" }, "+1"),
      ),
    );
  });
  return h("div", {}, missing, h("div", { class: "panels" }, ...panels));
}

/**
 * Another corpus beside this one.
 * @param {Data} data
 * @param {Compared} compared
 * @returns {HTMLElement}
 */
function comparison(data, compared) {
  const days = compared.first && compared.last ? `, ${compared.first} to ${compared.last}` : "";
  const columns = ["Actor", "Articles before", "now", "Stance before", "now", "Difference", "p", "p (Holm)", "Detectable"];
  /** @param {number | null} p */
    const probability = (p) => (p === null ? "–" : p < 1000 ? "<0.001" : (p / 1e6).toFixed(3));
  /** @param {number[]} pair @param {number[]} of @param {number} at */
  const share = (pair, of, at) =>
    h("td", { "data-value": pair[at] }, `${counted(pair[at])} (${percent(pair[at], of[at])})`);
  const rows = compared.rows.map((row) =>
    h(
      "tr",
      { "data-actor": row.actor },
      h("th", { scope: "row" }, row.name),
      share(row.articles, row.totals, 0),
      share(row.articles, row.totals, 1),
      stanceCell("before", row.stances[0]),
      stanceCell("after", row.stances[1]),
      stanceCell("difference", row.difference, row.ends),
      h("td", { "data-name": "p", "data-value": row.p ?? "" }, probability(row.p)),
      h("td", { "data-name": "p-holm", "data-value": row.pHolm ?? "" }, probability(row.pHolm)),
      h("td", { "data-value": row.detectable ?? "" }, row.detectable === null ? "–" : (row.detectable / 1e6).toFixed(2)),
    ),
  );
  const changes = compared.rows
    .filter((row) => row.p !== null)
    .map((row) => {
      const of = compared.changes.filter((it) => it.actor === row.actor);
      const items = of.slice(0, 6).map((it) => {
        const stances = it.stances.filter((value) => value !== null).map((value) => stance(value));
        const corpus = it.corpus === "after" ? "now" : it.corpus;
        const words = [corpus, stances.join(" to "), named(data, it.speaker), it.source, it.date];
        return h(
          "li",
          {},
          h("blockquote", { dir: "auto" }, it.text[0], h("mark", {}, it.text[1]), it.text[2]),
          h("div", { class: "cite" }, words.filter((word) => word !== "").join(" · ")),
        );
      });
      return h("div", {}, h("h4", {}, `What makes most of it: ${row.name}`), h("ul", {}, ...items));
    });
  return h(
    "div",
    {},
    h("p", { class: "soft" }, `Before: ${several(compared.articles, "article")}${days}. Filters do not change this table.`),
    compared.sameModel ? null : h("p", {}, "The corpora were scored with different models, so differences may be the models’."),
    compared.sameCatalogue ? null : h("p", {}, "The corpora were scored with different catalogues, so differences may be the catalogues’."),
    sortable("Stance before and now", columns, rows),
    h(
      "p",
      { class: "soft" },
      "p is the probability of so large a difference by chance, from permutations of articles; Holm’s correction is for the number of actors. Detectable is the smallest difference that these numbers of articles would show in four of five cases.",
    ),
    h(
      "details",
      { class: "evidence" },
      h("summary", {}, "Sentences that make the difference"),
      h("div", { class: "columns" }, ...changes),
    ),
  );
}
