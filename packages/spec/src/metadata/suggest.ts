const MAX_DISTANCE = 2;
/** Longer names are not compared by distance: nobody mistypes them by two letters only. */
const MAX_LENGTH = 64;

/**
 * The candidate that `name` was probably meant to be: the nearest one by Damerau-Levenshtein
 * distance (at most 2, and less than half of the name), else one that starts with it or that it
 * starts with. Letter case and the difference between `camelCase`, `snake_case` and `kebab-case`
 * don't count. The cost is linear in the number of candidates.
 *
 * @example suggest('acount', ['account', 'contact']) // 'account'
 */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = fold(name);
  if (wanted === '') return undefined;
  const limit = Math.min(MAX_DISTANCE, Math.ceil(wanted.length / 2) - 1);
  let best: string | undefined;
  let bestDistance = limit + 1;
  let prefix: string | undefined;
  for (const candidate of candidates) {
    const folded = fold(candidate);
    if (candidate === name || folded === '') continue;
    if (folded === wanted) return candidate;
    if (Math.abs(folded.length - wanted.length) < bestDistance && folded.length <= MAX_LENGTH) {
      const distance = editDistance(wanted, folded, bestDistance);
      if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
    }
    if (prefix === undefined && sharePrefix(wanted, folded)) prefix = candidate;
  }
  return best ?? prefix;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

function sharePrefix(left: string, right: string): boolean {
  const shorter = Math.min(left.length, right.length);
  return shorter >= 3 && (left.startsWith(right) || right.startsWith(left));
}

/** Optimal string alignment distance; gives `limit` as soon as it can't be less. */
function editDistance(left: string, right: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    [beforeLast, last] = [last, current];
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
