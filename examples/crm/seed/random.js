/**
 * A random source that gives the same values for the same seed on every machine. `fork` makes an
 * independent stream, so that more accounts do not change the names of the contacts.
 *
 * @typedef {ReturnType<typeof createRandom>} Random
 */

/**
 * @param {string} seed Any text.
 */
export function createRandom(seed) {
  let state = hash(seed);

  /** The next number, from 0 up to but without 1 (mulberry32). */
  function next() {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `low` to `high`, both included. @param {number} low @param {number} high */
  const integer = (low, high) => low + Math.floor(next() * (high - low + 1));

  /** True in `share` of the calls. @param {number} share From 0 to 1. */
  const chance = (share) => next() < share;

  /**
   * @template T
   * @param {readonly T[]} list Not empty.
   * @returns {T}
   */
  const pick = (list) => list[Math.floor(next() * list.length)];

  /**
   * One of the keys, by its weight.
   * @template {string} K
   * @param {Readonly<Record<K, number>>} weights
   * @returns {K}
   */
  function weighted(weights) {
    const entries = /** @type {[K, number][]} */ (Object.entries(weights));
    let left = next() * entries.reduce((sum, entry) => sum + entry[1], 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries[entries.length - 1][0];
  }

  /** A normally distributed number with mean 0 and deviation 1 (Box-Muller). */
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

  /** A long-tailed number. @param {number} median @param {number} sigma */
  const logNormal = (median, sigma) => median * Math.exp(sigma * normal());

  /** @param {string} name */
  const fork = (name) => createRandom(`${seed}/${name}`);

  return { next, integer, chance, pick, weighted, normal, logNormal, fork };
}

/**
 * A sampler over `count` positions with the given weights: a binary search in the running sum.
 * @param {readonly number[]} weights
 * @returns {(random: Random) => number} Gives a position.
 */
export function createSampler(weights) {
  let total = 0;
  const sums = weights.map((weight) => (total += weight));
  return (random) => {
    const wanted = random.next() * total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
