// The sentences behind the figures.

const FIRST_SHOWN = 3;
const MORE_SHOWN = 12;

/**
 * Three lists of sentences: the most negative, the most positive, and those of which the model is least certain.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {string} about What they are of.
 * @param {(sentence: Sentence) => boolean} where
 * @returns {HTMLElement}
 */
function evidence(data, selection, about, where) {
  const found = data.sentences.filter(
    (it) =>
      selection.actors.has(it.actor) &&
      (selection.voice === ALL || (selection.voice === QUOTED) === (it.voice === 1)) &&
      isSelected(data, selection, it.outlet, it.period) &&
      where(it),
  );
  /** @type {[string, Sentence[]][]} */
  const lists = [
    ["Most negative", found.filter((it) => it.stance < 0).sort((a, b) => a.stance - b.stance)],
    ["Most positive", found.filter((it) => it.stance > 0).sort((a, b) => b.stance - a.stance)],
    ["Least certain", [...found].sort((a, b) => a.certainty - b.certainty)],
  ];
  const columns = lists.map(([title, sentences]) => list(data, title, sentences));
  const details = h(
    "details",
    { class: "evidence" },
    h("summary", {}, `Sentences behind it: ${about}`),
    found.length > 0 ? null : h("p", { class: "soft" }, "The page has no sentence of this selection; mentions has all."),
    h("div", { class: "columns" }, ...columns),
  );
  return details;
}

/**
 * @param {Data} data
 * @param {string} title
 * @param {Sentence[]} sentences
 * @returns {HTMLElement}
 */
function list(data, title, sentences) {
  const items = sentences.slice(0, MORE_SHOWN).map((it) => quotation(data, it));
  items.slice(FIRST_SHOWN).forEach((item) => item.setAttribute("hidden", ""));
  const hidden = items.length - FIRST_SHOWN;
  const more = h("button", { type: "button", class: "more" }, `${hidden} more`);
  more.addEventListener("click", () => {
    items.forEach((item) => item.removeAttribute("hidden"));
    more.remove();
  });
  return h("div", {}, h("h4", {}, title), h("ul", {}, ...items), hidden > 0 ? more : null);
}

/**
 * One sentence: the mention marked, its stance, who speaks, and where it stands.
 * @param {Data} data
 * @param {Sentence} it
 * @returns {HTMLElement}
 */
function quotation(data, it) {
  const voice = it.voice === 0 ? "in the author’s words" : `${named(data, it.speaker)} speaks`;
  const holder = it.holder === it.speaker ? "" : `attitude of ${named(data, it.holder)}`;
  const title = it.title || it.url;
  const article = it.url
    ? h("a", { href: it.url, rel: "noopener noreferrer", target: "_blank" }, title)
    : title || null;
  const place = [it.source, it.date].filter((part) => part !== "").join(", ");
  const words = [`${stance(it.stance)} for ${data.actors[it.actor].name}`, voice, holder, place];
  return h(
    "li",
    {},
    h("blockquote", { dir: "auto" }, it.text[0], h("mark", {}, it.text[1]), it.text[2]),
    h("div", { class: "cite" }, words.filter((word) => word !== "").join(" · "), article ? " · " : null, article),
  );
}

/**
 * A speaker or holder by name.
 * @param {Data} data
 * @param {string} id
 * @returns {string}
 */
function named(data, id) {
  if (id === "author") return "the author";
  if (id === "unnamed") return "a source without a name";
  return data.actors.find((actor) => actor.id === id)?.name ?? id;
}
