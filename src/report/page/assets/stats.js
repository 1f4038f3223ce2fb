// The arithmetic of the tables, digit for digit: src/decimal.rs and src/aggregate/bootstrap.rs have the same in Rust.

const REPLICATES = 1000;
const CLUSTERS_FOR_INTERVAL = 5;
const TAIL_PER_MILLE = 25;

/** P(count <= k) of a Poisson(1) variate in 2³² parts. */
const CUMULATIVE = [
  1580030169, 3160060337, 3950075422, 4213413783, 4279248374, 4292415292, 4294609778, 4294923276, 4294962463,
  4294966817, 4294967253, 4294967292,
];

/**
 * The nearest whole number to a quotient; halves go away from zero.
 * @param {number} sum
 * @param {number} count
 */
function mean(sum, count) {
  const half = Math.floor((2 * Math.abs(sum) + count) / (2 * count));
  return sum < 0 ? 0 - half : half;
}

/**
 * The product of two 64-bit numbers, each as its high and its low half.
 * @param {number} aHigh
 * @param {number} aLow
 * @param {number} bHigh
 * @param {number} bLow
 * @param {Uint32Array} out
 */
function multiply(aHigh, aLow, bHigh, bLow, out) {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  out[1] = (other << 16) | (low & 0xffff);
  const carried = a1 * b1 + Math.floor(middle / 65536) + Math.floor(other / 65536);
  out[0] = carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh);
}

/**
 * How often a cluster is drawn in each resample: Poisson(1) counts from SplitMix64.
 * @param {string} key Sixteen hexadecimal digits.
 */
function weightsOf(key) {
  const weights = new Uint8Array(REPLICATES);
  const z = new Uint32Array(2);
  let high = parseInt(key.slice(0, 8), 16);
  let low = parseInt(key.slice(8), 16);
  /** @param {number} bits */
  const poisson = (bits) => {
    let count = 0;
    while (count < CUMULATIVE.length && bits >= CUMULATIVE[count]) count += 1;
    return count;
  };
  /** @param {number} bits */
  const shifted = (bits) => {
    const shiftedLow = (z[1] >>> bits) | (z[0] << (32 - bits));
    z[0] ^= z[0] >>> bits;
    z[1] ^= shiftedLow;
  };
  for (let at = 0; at < REPLICATES; at += 2) {
    low += 0x7f4a7c15;
    high = (high + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
    low >>>= 0;
    z[0] = high;
    z[1] = low;
    shifted(30);
    multiply(z[0], z[1], 0xbf58476d, 0x1ce4e5b9, z);
    shifted(27);
    multiply(z[0], z[1], 0x94d049bb, 0x133111eb, z);
    shifted(31);
    weights[at] = poisson(z[1]);
    weights[at + 1] = poisson(z[0]);
  }
  return weights;
}

/** @type {Map<string, Uint8Array>} */
const knownWeights = new Map();

/**
 * The 95 % interval of a mean over articles; null with fewer than five clusters.
 * @param {string[]} clusters The key of each article's cluster.
 * @param {number[]} stances
 * @returns {Ends}
 */
function interval(clusters, stances) {
  if (new Set(clusters).size < CLUSTERS_FOR_INTERVAL) return null;
  const sums = new Float64Array(REPLICATES);
  const counts = new Float64Array(REPLICATES);
  clusters.forEach((cluster, article) => {
    let weights = knownWeights.get(cluster);
    if (!weights) {
      weights = weightsOf(cluster);
      knownWeights.set(cluster, weights);
    }
    const stance = stances[article];
    for (let at = 0; at < REPLICATES; at += 1) {
      sums[at] += weights[at] * stance;
      counts[at] += weights[at];
    }
  });
  const means = [];
  for (let at = 0; at < REPLICATES; at += 1) {
    if (counts[at] > 0) means.push(mean(sums[at], counts[at]));
  }
  means.sort((a, b) => a - b);
  return [quantile(means, TAIL_PER_MILLE), quantile(means, 1000 - TAIL_PER_MILLE)];
}

/**
 * A quantile of sorted values, between two of them.
 * @param {number[]} sorted
 * @param {number} perMille
 */
function quantile(sorted, perMille) {
  const place = perMille * (sorted.length - 1);
  const below = Math.floor(place / 1000);
  const rest = place % 1000;
  const above = Math.min(below + 1, sorted.length - 1);
  return mean(sorted[below] * (1000 - rest) + sorted[above] * rest, 1000);
}
