// Puts the page together, and again when the selection changes.

/**
 * What was read.
 * @param {Data} data
 * @returns {HTMLElement}
 */
function whatWasRead(data) {
  const { corpus } = data;
  const languages = corpus.languages
    .slice(0, 4)
    .map(([code, articles]) => `${code === "" ? "unknown" : code} ${counted(articles)}`)
    .join(", ");
  /** @type {[string, string, string][]} */
  const facts = [
    ["articles", "Articles read", counted(corpus.articles)],
    ["scored", "Articles scored", counted(corpus.scored)],
    ["mentions", "Mentions of actors", counted(corpus.mentions)],
    ["sentences", "Sentences", counted(corpus.sentences)],
    ["outlets", "Outlets", counted(corpus.outlets)],
    ["days", "Days", corpus.first && corpus.last ? `${corpus.first} to ${corpus.last}` : "no dates"],
    ["without-date", "Without a date", counted(corpus.withoutDate)],
    ...(corpus.earlier > 0
      ? [/** @type {[string, string, string]} */ (["earlier", `Before ${data.periods[0]}`, counted(corpus.earlier)])]
      : []),
    ["copies", "Copies of others", counted(corpus.copies)],
    ["rejected", "Records rejected", counted(corpus.rejected)],
    ["languages", "Languages", languages],
  ];
  return h(
    "dl",
    { class: "facts" },
    ...facts.map(([name, title, value]) => h("div", {}, h("dt", {}, title), h("dd", { "data-name": name }, value))),
  );
}

/**
 * How the figures came about, how good they are, and what they do not say.
 * @param {Data} data
 * @returns {HTMLElement}
 */
function method(data) {
  const figures = data.method.figures.map(([set, measure, figure]) =>
    h("tr", {}, h("th", { scope: "row" }, set), h("td", { class: "words" }, measure), h("td", {}, figure)),
  );
  const articles = data.intervals
    ? "The corpus is too large for a page to hold each article, so an interval is shown where a table of the run has it: for everything, one outlet or one period."
    : "The page computes them from the articles, so they follow the selection.";
  const command = data.method.arguments.map((it) => (/^[\w./:=,@%+-]+$/.test(it) ? it : JSON.stringify(it)));
  return h(
    "div",
    {},
    h(
      "p",
      {},
      `Every mention of an actor was scored by the model “${data.method.model}” (${data.method.backend}): how the sentence portrays that mention. Stance is the probability of a favourable portrayal less that of an unfavourable one, from −1 to 1. A sentence’s stance is the mean of its mentions, an article’s that of its sentences, the corpus’s that of its articles.`,
    ),
    h(
      "p",
      {},
      `Intervals hold 95 % of 1,000 resamples of articles, each with its copies; fewer than five have none. ${articles}`,
    ),
    figures.length > 0
      ? sortable("How good the model is, in domain and out of it", ["Measured on", "Measure", "Figure"], figures)
      : h("p", {}, "No figures are known of this model: newstance eval measures them on sentences that people have labelled."),
    h("h3", {}, "What the figures do not say"),
    h(
      "ul",
      {},
      h("li", {}, "A stance is of the sentence, not of the outlet’s opinion or the truth: an article that reports harsh words has a negative stance in quoted words."),
      h("li", {}, "Irony, and what a reader knows beyond the sentence, are not seen."),
      h("li", {}, "Speakers and holders are found by rules and are sometimes wrong; mentions by pronouns and descriptions are found in part."),
      h("li", {}, "Intervals are about the articles read: they say nothing of errors that the model makes alike in all of them. Check a sample by hand: newstance sample."),
    ),
    h("p", { class: "soft" }, `newstance ${data.version}, run of ${data.method.started}: `, h("code", {}, `newstance ${command.join(" ")}`)),
  );
}

/**
 * A section with a heading and what is below it.
 * @param {string} id
 * @param {string} title
 * @param {string} about
 * @param {HTMLElement} content
 * @returns {HTMLElement}
 */
function section(id, title, about, content) {
  return h(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, title),
    about === "" ? null : h("p", { class: "soft" }, about),
    content,
  );
}

/**
 * The controls; they change the selection and call `changed`.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {() => void} changed
 * @returns {HTMLElement[]}
 */
function controls(data, selection, changed) {
  const chips = data.actors.map((actor, place) => {
    const button = h("button", { type: "button", "aria-pressed": "true", "data-actor": actor.id }, actor.name);
    button.addEventListener("click", () => {
      if (selection.actors.has(place)) selection.actors.delete(place);
      else selection.actors = new Set([...selection.actors, place].sort((a, b) => a - b));
      changed();
    });
    return button;
  });
  /**
   * @param {string} title
   * @param {string} id
   * @param {[string, string][]} options
   * @param {(value: string) => void} take
   */
  const select = (title, id, options, take) => {
    const box = h("select", { id }, ...options.map(([value, name]) => h("option", { value }, name)));
    box.addEventListener("change", () => {
      take(/** @type {HTMLSelectElement} */ (box).value);
      changed();
    });
    return h("label", { class: "field" }, h("span", {}, title), box);
  };
  /** @type {[string, string][]} */
  const outlets = data.outlets.map((name, place) => [`${place}`, name === "" ? "(none)" : name]);
  if (data.outletsLeft > 0) outlets.push([`${data.outlets.length}`, `${counted(data.outletsLeft)} further outlets`]);
  /** @type {[string, string][]} */
  const periods = data.periods.map((day, place) => [`${place}`, shortDay(day, data.period)]);
  const voices = VOICES.map((name, voice) => /** @type {[string, string]} */ ([`${voice}`, name]));
  const reset = h("button", { type: "button", id: "reset" }, "Show all");
  reset.addEventListener("click", () => {
    Object.assign(selection, everything(data));
    changed();
  });
  const theme = h("button", { type: "button", id: "theme" }, "Dark or light");
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  return [
    h("fieldset", {}, h("legend", {}, "Actors"), h("div", { class: "chips" }, ...chips)),
    select("Words", "voice", voices, (value) => {
      selection.voice = Number(value);
    }),
    select("Outlet", "outlet", [["", "all outlets"], ...outlets], (value) => {
      selection.outlet = value === "" ? null : Number(value);
    }),
    ...(periods.length > 1
      ? [
          select(`From (${data.period})`, "from", periods, (value) => {
            selection.from = Number(value);
            selection.to = Math.max(selection.to, selection.from);
          }),
          select("To", "to", periods, (value) => {
            selection.to = Number(value);
            selection.from = Math.min(selection.from, selection.to);
          }),
        ]
      : []),
    reset,
    theme,
    h("p", { id: "selected", role: "status", class: "soft" }),
  ];
}

/**
 * Sets the controls to the selection.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {ReturnType<typeof byActor>} figures
 * @param {ReturnType<typeof totalsOf>} totals
 */
function showSelection(data, selection, figures, totals) {
  document.querySelectorAll(".chips button").forEach((button, place) => {
    button.setAttribute("aria-pressed", `${selection.actors.has(place)}`);
  });
  const values = { voice: selection.voice, outlet: selection.outlet ?? "", from: selection.from, to: selection.to };
  for (const [id, value] of Object.entries(values)) {
    const box = document.getElementById(id);
    if (box instanceof HTMLSelectElement) box.value = `${value}`;
  }
  const shown = [...selection.actors].map((at) => [figures[at].all, figures[at].author, figures[at].quoted][selection.voice]);
  const mentions = shown.reduce((sum, it) => sum + it.mentions, 0);
  const selected = document.getElementById("selected");
  if (selected) {
    selected.dataset.articles = `${totals.articles}`;
    selected.dataset.mentions = `${mentions}`;
    selected.textContent = `Shown: ${counted(mentions)} of ${several(data.corpus.mentions, "mention")}, in ${VOICES[selection.voice]}, of ${several(totals.articles, "article")}.`;
  }
}

/**
 * A figure with the sentences behind it, which narrow down to a cell that is pressed.
 * @param {(show: (about: string, where: (sentence: Sentence) => boolean, button: HTMLElement) => void) => HTMLElement} draw
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {HTMLElement}
 */
function withEvidence(draw, data, selection) {
  const place = h("div", {}, evidence(data, selection, "all that is selected", () => true));
  /** @type {HTMLElement | null} */
  let pressed = null;
  const figure = draw((about, where, button) => {
    pressed?.setAttribute("aria-pressed", "false");
    pressed = button;
    button.setAttribute("aria-pressed", "true");
    const details = evidence(data, selection, about, where);
    details.setAttribute("open", "");
    place.replaceChildren(details);
  });
  return h("figure", {}, figure, place);
}

/**
 * The sections that follow the selection.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {ReturnType<typeof byActor>} figures
 * @param {ReturnType<typeof totalsOf>} totals
 * @returns {HTMLElement[]}
 */
function sections(data, selection, figures, totals) {
  const outlets = data.outlets.map((name) => ({ id: name, name: name === "" ? "(no outlet)" : name }));
  if (data.outletsLeft > 0) outlets.push({ id: "", name: `${counted(data.outletsLeft)} further outlets` });
  const holders = data.holders.map(({ id, name }) => ({
    id,
    name: ["author", "unnamed"].includes(id) ? named(data, id) : name,
  }));
  const left = data.actorsLeft > 0 ? ` The page leaves out the ${counted(data.actorsLeft)} actors of fewest mentions; the table actors has them.` : "";
  return [
    section(
      "actors",
      "Actors side by side",
      `Orange is unfavourable, blue favourable; a bar is the 95 % interval.${left}`,
      withEvidence(() => actorsTable(data, selection, figures, totals), data, selection),
    ),
    section(
      "time",
      "Stance and attention over time",
      `The line is the stance by ${data.period}, its band the 95 % interval of at least five articles; open dots have fewer. Bars are the share of all articles that mention the actor.`,
      withEvidence(() => timeline(data, selection, totals), data, selection),
    ),
    section(
      "outlets",
      "Outlets and actors",
      "How each outlet portrays each actor. Press a cell for its sentences.",
      withEvidence(
        (show) =>
          heatTable("Stance by outlet", "Outlet", outlets, byOutlet(data, selection), data, selection, (group, actor, button) =>
            show(`${outlets[group].name} on ${data.actors[actor].name}`, (it) => it.outlet === group && it.actor === actor, button),
          ),
        data,
        selection,
      ),
    ),
    section(
      "holders",
      "Who speaks how of whom",
      "Whose attitude it is: the author’s, another actor’s, or that of somebody who is quoted. “Putin praised Trump” stands in the author’s words and is Putin’s attitude, so the author here has fewer mentions than the author’s words above. Those whose attitude most articles have. Press a cell for its sentences.",
      withEvidence(
        (show) =>
          heatTable("Stance by holder", "Holder", holders, byHolder(data, selection), data, selection, (group, actor, button) =>
            show(
              `${holders[group].name} on ${data.actors[actor].name}`,
              (it) => it.holder === data.holders[group].id && it.actor === actor,
              button,
            ),
          ),
        data,
        selection,
      ),
    ),
    section(
      "distribution",
      "Distribution",
      "The upper bar has the mentions by label: unfavourable, neutral, favourable. Below, mentions by stance in steps of a tenth.",
      withEvidence(() => distribution(data, selection, figures), data, selection),
    ),
  ];
}

/** Draws the page. */
async function draw() {
  const data = await readData();
  const selection = everything(data);
  const { corpus } = data;
  const days = corpus.first && corpus.last ? `, ${corpus.first} to ${corpus.last}` : "";
  const names = data.actors.slice(0, 6).map((actor) => actor.name);
  const before = data.comparison;
  const beside = before
    ? `, beside ${several(before.articles, "article")}${before.first && before.last ? ` of ${before.first} to ${before.last}` : " of before"}`
    : "";
  const title = `${several(corpus.mentions, "mention")} of ${names.join(", ")}${data.actors.length > 6 ? " and others" : ""} in ${several(corpus.articles, "article")}${days}${beside}.`;
  document.title = `Stance report: ${names.join(", ")}`;
  const subtitle = document.getElementById("subtitle");
  if (subtitle) subtitle.textContent = title;
  const figures = document.getElementById("figures");
  const moving = h("div", {});
  const changed = () => {
    const [of, totals] = [byActor(data, selection), totalsOf(data, selection)];
    moving.replaceChildren(...sections(data, selection, of, totals));
    showSelection(data, selection, of, totals);
  };
  document.getElementById("filters")?.append(...controls(data, selection, changed));
  figures?.append(section("read", "What was read", "", whatWasRead(data)));
  if (before) figures?.append(section("comparison", "Before and now", "", comparison(data, before)));
  figures?.append(moving);

  figures?.append(section("method", "Method and limits", "", method(data)));
  changed();
  let drawn = panelWidth();
  new ResizeObserver(() => {
    if (panelWidth() === drawn) return;
    drawn = panelWidth();
    changed();
  }).observe(moving);
  document.documentElement.dataset.ready = "true";
}

draw().catch((error) => {
  const subtitle = document.getElementById("subtitle");
  if (subtitle) subtitle.textContent = `This browser cannot draw the page (${error}). Chromium 123, Firefox 120, Safari 17.5 and newer can.`;
  throw error;
});
