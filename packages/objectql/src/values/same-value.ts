/** True when two stored values are equal; JSON by its content, whatever the order of its keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  return sameContent(a, b);
}

function sameContent(a: unknown, b: unknown): boolean {
  const [one, other] = [plain(a), plain(b)];
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => sameContent(value, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const [names, others] = [namesOf(one), namesOf(other)];
  if (names.length !== others.length) return false;
  return names.every((name) => Object.hasOwn(other, name) && sameContent(one[name], other[name]));
}

/** What JSON leaves of a value: hooks may set dates, and keys without a value. */
function plain(value: unknown): unknown {
  if (isObject(value) && typeof value['toJSON'] === 'function') return value.toJSON() as unknown;
  return value;
}

function namesOf(value: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> & {
  toJSON?: () => unknown;
} {
  return typeof value === 'object' && value !== null;
}
