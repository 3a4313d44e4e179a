/**
 * Removes the spaces around the texts of a record, in place.
 *
 * @returns How many values changed.
 */
export function tidyRecord(data: Record<string, unknown>): number {
  let changed = 0;
  for (const [name, value] of Object.entries(data)) {
    if (typeof value !== 'string') continue;
    const tidy = value.trim();
    if (tidy === value) continue;
    data[name] = tidy;
    changed += 1;
  }
  return changed;
}
