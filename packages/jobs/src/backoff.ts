/**
 * Milliseconds to wait after a failed attempt: exponential up to a cap, and a random half of it or
 * more, so that what failed together does not come back together.
 */
export function backoff(
  attempt: number,
  { base, cap }: { readonly base: number; readonly cap: number },
  random: () => number = Math.random,
): number {
  const full = Math.min(cap, base * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (random() * full) / 2);
}
