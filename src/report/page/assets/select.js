// What the reader selects, and the figures of that.

const ALL = 0;
const AUTHOR = 1;
const QUOTED = 2;
const VOICES = ["all words", "the author’s words", "quoted words"];

/**
 * @typedef {object} Chosen
 * @property {Set<number>} actors
 * @property {number | null} outlet
 * @property {number} from First period, by place.
 * @property {number} to Last period.
 * @property {number} voice ALL, AUTHOR or QUOTED.
 */

/**
 * The stance towards one actor in some articles.
 * @typedef {object} Figures
 * @property {number} articles
 * @property {number} mentions
 * @property {number[]} labels Negative, neutral, positive.
 * @property {number | null} stance
 * @property {Ends} ends
 */

/**
 * @param {Data} data
 * @returns {Chosen}
 */
function everything(data) {
  return {
    actors: new Set(data.actors.keys()),
    outlet: null,
    from: 0,
    to: Math.max(0, data.periods.length - 1),
    voice: ALL,
  };
}

/**
 * Whether an outlet and a period are selected. Articles without a date are, if all periods are.
 * @param {Data} data
 * @param {Chosen} selection
 * @param {number} outlet
 * @param {number} period
 */
function isSelected(data, selection, outlet, period) {
  const isWhole = selection.from === 0 && selection.to >= data.periods.length - 1;
  const inPeriods = period < 0 ? isWhole : period >= selection.from && period <= selection.to;
  return inPeriods && (selection.outlet === null || selection.outlet === outlet);
}

/**
 * Mentions of a unit by label, in the words that are selected.
 * @param {Units} units
 * @param {number} unit
 * @param {number} voice
 */
function labelsOf(units, unit, voice) {
  return [0, 1, 2].map((label) => {
    const author = units.labels[label][unit];
    const quoted = units.labels[3 + label][unit];
    return voice === ALL ? author + quoted : voice === AUTHOR ? author : quoted;
  });
}

/**
 * The figures of some units. `known` is their interval in the tables, if the page does not have the articles.
 * @param {Data} data
 * @param {Units} units
 * @param {number[]} chosen
 * @param {number} voice
 * @param {Ends} known
 * @returns {Figures}
 */
function figuresOf(data, units, chosen, voice, known) {
  const labels = [0, 0, 0];
  let articles = 0;
  let sum = 0;
  for (const unit of chosen) {
    labelsOf(units, unit, voice).forEach((count, label) => {
      labels[label] += count;
    });
    articles += units.articles[voice][unit];
    sum += units.sums[voice][unit];
  }
  let ends = known;
  if (!data.intervals) {
    const counted = chosen.filter((unit) => units.articles[voice][unit] > 0);
    ends = interval(
      counted.map((unit) => data.keys[units.cluster[unit]]),
      counted.map((unit) => units.sums[voice][unit]),
    );
  }
  return {
    articles,
    mentions: labels[0] + labels[1] + labels[2],
    labels,
    stance: articles > 0 ? mean(sum, articles) : null,
    ends: articles > 0 ? ends : null,
  };
}

/**
 * Selected units in groups.
 * @param {Data} data
 * @param {Units} units
 * @param {Chosen} selection
 * @param {(unit: number) => string} group
 * @returns {Map<string, number[]>}
 */
function grouped(data, units, selection, group) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  units.actor.forEach((_, unit) => {
    if (isSelected(data, selection, units.outlet[unit], units.period[unit])) {
      const name = group(unit);
      const members = groups.get(name);
      if (members) members.push(unit);
      else groups.set(name, [unit]);
    }
  });
  return groups;
}

/**
 * What a selection narrows down to, for intervals that only the tables have: nothing, one outlet, one period, or more than one.
 * @param {Data} data
 * @param {Chosen} selection
 */
function narrowed(data, selection) {
  const periods = selection.from > 0 || selection.to < data.periods.length - 1;
  if (periods && (selection.outlet !== null || selection.from !== selection.to)) return "several";
  if (periods) return "period";
  return selection.outlet === null ? "nothing" : "outlet";
}

/**
 * An interval of the tables.
 * @param {Data} data
 * @param {"all" | "periods" | "outlets"} table
 * @param {number} group
 * @param {number} actor
 * @param {number} voice
 * @returns {Ends}
 */
function knownEnds(data, table, group, actor, voice) {
  if (!data.intervals) return null;
  if (table === "all") return data.intervals.all[actor][voice];
  const row = data.intervals[table].find((it) => it[0] === group && it[1] === actor);
  return row ? row[2][voice] : null;
}

/**
 * Each actor in the selection.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {{ all: Figures, author: Figures, quoted: Figures }[]}
 */
function byActor(data, selection) {
  const groups = grouped(data, data.units, selection, (unit) => `${data.units.actor[unit]}`);
  const within = narrowed(data, selection);
  return data.actors.map((_, actor) => {
    const units = groups.get(`${actor}`) ?? [];
    /** @param {number} voice */
    const of = (voice) => {
      const known =
        within === "nothing"
          ? knownEnds(data, "all", 0, actor, voice)
          : within === "outlet"
            ? knownEnds(data, "outlets", selection.outlet ?? 0, actor, voice)
            : within === "period"
              ? knownEnds(data, "periods", selection.from, actor, voice)
              : null;
      return figuresOf(data, data.units, units, voice, known);
    };
    return { all: of(ALL), author: of(AUTHOR), quoted: of(QUOTED) };
  });
}

/**
 * Each actor in each period of the selection, whichever periods are selected.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {Figures[][]} By actor, then by period.
 */
function byPeriod(data, selection) {
  const { actor, period } = data.units;
  const groups = grouped(data, data.units, selection, (unit) => `${actor[unit]} ${period[unit]}`);
  return data.actors.map((_, one) =>
    data.periods.map((_, start) => {
      const units = groups.get(`${one} ${start}`) ?? [];
      const isKnown = selection.outlet === null;
      const known = isKnown ? knownEnds(data, "periods", start, one, selection.voice) : null;
      return figuresOf(data, data.units, units, selection.voice, known);
    }),
  );
}

/**
 * Each actor in each outlet; the last one is all further ones.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {Figures[][]} By outlet, then by actor.
 */
function byOutlet(data, selection) {
  const { actor, outlet } = data.units;
  const groups = grouped(data, data.units, selection, (unit) => `${outlet[unit]} ${actor[unit]}`);
  const isKnown = ["nothing", "outlet"].includes(narrowed(data, selection));
  const rows = data.outlets.length + (data.outletsLeft > 0 ? 1 : 0);
  return Array.from({ length: rows }, (_, one) =>
    data.actors.map((_, whom) => {
      const units = groups.get(`${one} ${whom}`) ?? [];
      const known = isKnown ? knownEnds(data, "outlets", one, whom, selection.voice) : null;
      return figuresOf(data, data.units, units, selection.voice, known);
    }),
  );
}

/**
 * What each holder has for each actor.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {Figures[][]} By holder, then by actor.
 */
function byHolder(data, selection) {
  const { actor, holder } = data.pairs;
  const groups = grouped(data, data.pairs, selection, (unit) => `${holder[unit]} ${actor[unit]}`);
    const isKnown = narrowed(data, selection) === "nothing";
  return data.holders.map((_, one) =>
    data.actors.map((_, whom) => {
      const units = groups.get(`${one} ${whom}`) ?? [];
      const row = isKnown ? data.intervals?.holders.find((it) => it[0] === one && it[1] === whom) : null;
      return figuresOf(data, data.pairs, units, selection.voice, row ? row[2][selection.voice] : null);
    }),
  );
}

/**
 * Articles and mentions of all actors in the selection, also by period.
 * @param {Data} data
 * @param {Chosen} selection
 */
function totalsOf(data, selection) {
  const { totals } = data;
  const byPeriods = data.periods.map(() => 0);
  let articles = 0;
  let mentions = 0;
  totals.outlet.forEach((outlet, at) => {
    if (!isSelected(data, selection, outlet, totals.period[at])) return;
    articles += totals.articles[at];
    if (selection.voice !== QUOTED) mentions += totals.author[at];
    if (selection.voice !== AUTHOR) mentions += totals.quoted[at];
    if (totals.period[at] >= 0) byPeriods[totals.period[at]] += totals.articles[at];
  });
  return { articles, mentions, byPeriods };
}

/**
 * Mentions of an actor by stance, in 20 bars.
 * @param {Data} data
 * @param {Chosen} selection
 * @returns {number[][]} By actor.
 */
function histograms(data, selection) {
  const bars = data.actors.map(() => new Array(20).fill(0));
  const { units } = data;
  units.histogram.forEach((pairs, unit) => {
    if (!isSelected(data, selection, units.outlet[unit], units.period[unit])) return;
    for (let at = 0; at < pairs.length; at += 2) {
      const isQuoted = pairs[at] >= 20;
      if (selection.voice === ALL || (selection.voice === QUOTED) === isQuoted) {
        bars[units.actor[unit]][pairs[at] % 20] += pairs[at + 1];
      }
    }
  });
  return bars;
}
