// What the page knows: src/report/page/data.rs writes it. All figures are whole millionths.

/** @typedef {{ id: string, name: string }} Name */
/** @typedef {[number, number] | null} Ends An interval. */

/**
 * Columns of equal length: the stances towards an actor in one article, or in several together. Arrays of three are of all words,
 * the author's and quoted ones; labels are negative, neutral and positive of the author's words, then of quoted ones.
 * @typedef {object} Units
 * @property {number[]} outlet Place among outlets; behind the last for further ones.
 * @property {number[]} period Place among periods; -1 without a date.
 * @property {number[]} actor
 * @property {number[]} holder Of pairs only.
 * @property {number[]} cluster Place among keys; empty if units are sums of several articles.
 * @property {number[][]} articles
 * @property {number[][]} sums
 * @property {number[][]} labels
 * @property {number[][]} histogram Bar and mentions, one after the other: 20 bars of the author's words, then 20 of quoted ones.
 */

/**
 * @typedef {object} Sentence
 * @property {number} actor
 * @property {number} outlet
 * @property {number} period
 * @property {number} voice 0 for the author's words, 1 for quoted ones.
 * @property {string} speaker
 * @property {string} holder
 * @property {number} stance
 * @property {number} certainty
 * @property {string} date
 * @property {string} source
 * @property {string} title
 * @property {string} url
 * @property {string[]} text Before the mention, the mention, behind it.
 */

/**
 * @typedef {object} Compared
 * @property {number} articles
 * @property {string | null} first
 * @property {string | null} last
  * @property {boolean} sameModel
 * @property {boolean} sameCatalogue

 * @property {{ actor: string, name: string, articles: number[], totals: number[], stances: (number | null)[], difference: number | null,
 *   ends: Ends, p: number | null, pHolm: number | null, detectable: number | null }[]} rows
 * @property {{ actor: string, corpus: string, stances: (number | null)[], date: string, source: string, speaker: string,
 *   text: string[] }[]} changes
 */

/**
 * @typedef {object} Data
 * @property {string} version
 * @property {{ articles: number, scored: number, copies: number, rejected: number, sentences: number, mentions: number,
 *   first: string | null, last: string | null, withoutDate: number, earlier: number, outlets: number, languages: [string, number][] }} corpus
 * @property {{ model: string, backend: string, started: string, arguments: string[], figures: string[][] }} method
 * @property {Name[]} actors
 * @property {number} actorsLeft
 * @property {string[]} outlets
 * @property {number} outletsLeft
 * @property {string} period
 * @property {string[]} periods
 * @property {{ outlet: number[], period: number[], articles: number[], author: number[], quoted: number[] }} totals
 * @property {Units} units
 * @property {Name[]} holders
 * @property {Units} pairs
 * @property {string[]} keys
 * @property {{ all: Ends[][], periods: [number, number, Ends[]][], outlets: [number, number, Ends[]][],
  *   holders: [number, number, Ends[]][] } | null} intervals
 * @property {Sentence[]} sentences
 * @property {Compared | null} comparison
 */

/**
 * Unpacks the data that the page carries.
 * @returns {Promise<Data>}
 */
async function readData() {
  const packed = atob(document.getElementById("data")?.textContent ?? "");
  const bytes = Uint8Array.from(packed, (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}
