/** A path into a document: keys and list indexes. */
export type KeyPath = readonly (string | number)[];

/** An old spelling that was understood. `path` is where it was written. */
export interface LegacyNotice {
  readonly path: KeyPath;
  readonly message: string;
}

/** What one normalisation did: what to tell the author, and which values moved. */
export interface Journal {
  readonly notices: LegacyNotice[];
  /** From the path in the result to the path as written; see {@link move}. */
  readonly moves: Map<string, KeyPath>;
}

/** Where a value stands now, and where it was written. */
export interface Place {
  readonly now: KeyPath;
  readonly written: KeyPath;
}

/** A mapping while it is rewritten. Keys keep their order; the original is never changed. */
export interface Draft {
  readonly place: Place;
  readonly journal: Journal;
  readonly entries: Map<string, { value: unknown; written: KeyPath }>;
}

/** Rewrites the value at a place. */
export type Rewrite = (value: unknown, place: Place, journal: Journal) => unknown;

/** Whether `value` is a mapping (not a list, not null). */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Opens a mapping for rewriting. */
export function open(
  value: Readonly<Record<string, unknown>>,
  place: Place,
  journal: Journal,
): Draft {
  const entries = new Map<string, { value: unknown; written: KeyPath }>();
  for (const key of Object.keys(value)) {
    entries.set(key, { value: value[key], written: below(place, key, journal).written });
  }
  return { place, journal, entries };
}

/** The rewritten mapping. `Object.fromEntries` defines keys, so a hostile `__proto__` stays a key. */
export function close(draft: Draft): Record<string, unknown> {
  const pairs: [string, unknown][] = [];
  for (const [key, { value, written }] of draft.entries) {
    pairs.push([key, value]);
    if (!sameStep(draft.place.written, key, written))
      move(draft.journal, [...draft.place.now, key], written);
  }
  return Object.fromEntries(pairs);
}

function sameStep(parent: KeyPath, key: string, written: KeyPath): boolean {
  const last = parent.length;
  return (
    written.length === last + 1 &&
    written[last] === key &&
    parent.every((step, index) => step === written[index])
  );
}

/** Notes that what stands at `now` was written at `written`. What is below moves with it. */
export function move(journal: Journal, now: KeyPath, written: KeyPath): void {
  journal.moves.set(JSON.stringify(now), written);
}

/** Where the value at `path` of the result was written. */
export function sourcePath(journal: Journal, path: KeyPath): KeyPath {
  if (journal.moves.size === 0) return path;
  for (let length = path.length; length > 0; length -= 1) {
    const written = journal.moves.get(JSON.stringify(path.slice(0, length)));
    if (written !== undefined) return [...written, ...path.slice(length)];
  }
  return path;
}

/** Tells the author that what stands at `written` is an old spelling. */
export function notice(draft: Draft, written: KeyPath, message: string): void {
  draft.journal.notices.push({ path: written, message });
}

/** The value under `key`. */
export function get(draft: Draft, key: string): unknown {
  return draft.entries.get(key)?.value;
}

/** Where the value under `key` stands. */
export function placeOf(draft: Draft, key: string): Place {
  const written = draft.entries.get(key)?.written ?? draft.place.written;
  return { now: [...draft.place.now, key], written };
}

/** Replaces the value under `key`, which must exist. */
export function set(draft: Draft, key: string, value: unknown): void {
  const entry = draft.entries.get(key);
  if (entry !== undefined) entry.value = value;
}

/** Gives `key` the value that was written at `written`. */
export function put(draft: Draft, key: string, entry: { value: unknown; written: KeyPath }): void {
  draft.entries.set(key, entry);
}

/** Renames a key, unless the new one is there too: then the schema refuses the old one. */
export function rename(draft: Draft, from: string, to: string): void {
  const entry = draft.entries.get(from);
  if (entry === undefined || draft.entries.has(to)) return;
  draft.entries.delete(from);
  draft.entries.set(to, entry);
  notice(draft, entry.written, `"${from}" is an old spelling of "${to}".`);
}

/** {@link rename} for each pair. */
export function renameAll(draft: Draft, aliases: Readonly<Record<string, string>>): void {
  for (const key of [...draft.entries.keys()]) {
    const to = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
    if (to !== undefined) rename(draft, key, to);
  }
}

/** Renames each `snake_case` key whose `camelCase` spelling is one of `known`. */
export function camelise(draft: Draft, known: ReadonlySet<string>): void {
  for (const key of [...draft.entries.keys()]) {
    if (known.has(key) || !key.includes('_')) continue;
    const camel = key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (known.has(camel)) rename(draft, key, camel);
  }
}

/** Moves the value under `from` into the mapping under `to`, as `part`. */
export function nest(draft: Draft, from: string, [to, part]: readonly [string, string]): void {
  const entry = draft.entries.get(from);
  const current = draft.entries.get(to);
  if (entry === undefined || (current !== undefined && !isMapping(current.value))) return;
  const value = isMapping(current?.value) ? current.value : {};
  if (Object.hasOwn(value, part)) return;
  draft.entries.delete(from);
  draft.entries.set(to, {
    value: { ...value, [part]: entry.value },
    written: current?.written ?? entry.written,
  });
  move(draft.journal, [...draft.place.now, to, part], entry.written);
  notice(draft, entry.written, `"${from}" is an old spelling of "${to}.${part}".`);
}

/** Rewrites the mapping under `key` in place, when it is one. */
export function within(draft: Draft, key: string, change: (inner: Draft) => void): void {
  const value = get(draft, key);
  if (!isMapping(value)) return;
  set(draft, key, rewriteMapping(value, placeOf(draft, key), { journal: draft.journal, change }));
}

/** Rewrites each item of the list under `key`, when it is one. */
export function eachItem(draft: Draft, key: string, rewrite: Rewrite): void {
  const list = get(draft, key);
  if (!Array.isArray(list)) return;
  const place = placeOf(draft, key);
  set(
    draft,
    key,
    list.map((item: unknown, index) =>
      rewrite(item, below(place, index, draft.journal), draft.journal),
    ),
  );
}

/** Rewrites each value of the mapping under `key`, when it is one. */
export function eachValue(draft: Draft, key: string, rewrite: Rewrite): void {
  within(draft, key, (inner) => {
    for (const name of inner.entries.keys()) {
      set(inner, name, rewrite(get(inner, name), placeOf(inner, name), inner.journal));
    }
  });
}

/** A single value where a list is expected becomes a list of one. */
export function listOfOne(draft: Draft, key: string): void {
  const entry = draft.entries.get(key);
  if (entry === undefined || entry.value === null || Array.isArray(entry.value)) return;
  move(draft.journal, [...draft.place.now, key, 0], entry.written);
  entry.value = [entry.value];
}

/** Rewrites a mapping; gives anything else back as it is. */
export function mapping(change: (draft: Draft) => void): Rewrite {
  return (value, place, journal) =>
    isMapping(value) ? rewriteMapping(value, place, { journal, change }) : value;
}

function rewriteMapping(
  value: Readonly<Record<string, unknown>>,
  place: Place,
  { journal, change }: { readonly journal: Journal; readonly change: (draft: Draft) => void },
): Record<string, unknown> {
  const draft = open(value, place, journal);
  change(draft);
  return close(draft);
}

function below(place: Place, step: string | number, journal: Journal): Place {
  const now = [...place.now, step];
  const written = journal.moves.size === 0 ? undefined : journal.moves.get(JSON.stringify(now));
  return { now, written: written ?? [...place.written, step] };
}
