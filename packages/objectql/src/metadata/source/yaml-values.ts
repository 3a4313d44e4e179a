import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { METADATA_LIMITS } from '../limits.js';
import { acceptKey, mark, spend, stop, type RawDocument, type ReadContext } from './raw.js';

interface Conversion {
  readonly context: ReadContext;
  /** Anchored nodes met so far, by anchor. */
  readonly anchors: Map<string, Node>;
  /** Nodes being converted right now: an alias to one of them would never end. */
  readonly open: Set<Node>;
  aliases: number;
}

/**
 * Turns a composed document into plain values. Aliases are replaced by a copy of what they stand
 * for, within the budget, so nothing downstream can be surprised by shared or endless values.
 */
export function convertDocument(document: Document.Parsed, context: ReadContext): RawDocument {
  const contents = document.contents as Node | null;
  const conversion: Conversion = { context, anchors: new Map(), open: new Set(), aliases: 0 };
  return { value: convert(contents, conversion), offset: start(contents) };
}

function convert(node: Node | null, conversion: Conversion): unknown {
  if (node === null) return null;
  spend(conversion.context, start(node));
  if (isAlias(node)) return convertAlias(node, conversion);
  anchor(node, conversion);
  if (isScalar(node)) return convertScalar(node, conversion);
  conversion.open.add(node);
  const value = isMap(node)
    ? convertMap(node as YAMLMap<Node, Node | null>, conversion)
    : isSeq(node)
      ? convertSequence(node as YAMLSeq<Node>, conversion)
      : null;
  conversion.open.delete(node);
  return value;
}

function convertMap(node: YAMLMap<Node, Node | null>, conversion: Conversion): object {
  const { context } = conversion;
  const result: Record<string, unknown> = {};
  const seen = new Map<string, number>();
  for (const pair of node.items) {
    const key = keyOf(pair, conversion);
    if (key === undefined) continue;
    const offset = start(pair.key);
    const first = seen.get(key);
    if (first !== undefined) {
      context.report('duplicate_key', { key, line: context.lineOf(first) }, offset);
      continue;
    }
    seen.set(key, offset);
    result[key] = convert(pair.value, conversion);
    const value = pair.value === null ? offset : start(pair.value);
    mark(context, result, { key, at: { key: offset, value } });
  }
  return result;
}

function keyOf(pair: Pair<Node, Node | null>, conversion: Conversion): string | undefined {
  const { key } = pair as { key: unknown };
  const { context } = conversion;
  const offset = start(key);
  if (!isScalar(key)) {
    context.report('key_not_text', { found: 'a list, a mapping or an alias' }, offset);
    return undefined;
  }
  anchor(key, conversion);
  const { value } = key;
  if (value === null || typeof value === 'object') {
    context.report('key_not_text', { found: 'empty' }, offset);
    return undefined;
  }
  // As written: `2024:` and `007:` are names, not numbers.
  const text = key.source ?? (typeof value === 'string' ? value : JSON.stringify(value));
  return acceptKey(context, text, offset) ? text : undefined;
}

function convertSequence(node: YAMLSeq<Node>, conversion: Conversion): unknown[] {
  const result: unknown[] = [];
  node.items.forEach((item, index) => {
    result.push(convert(item, conversion));
    const offset = start(item);
    mark(conversion.context, result, { key: index, at: { key: offset, value: offset } });
  });
  return result;
}

function convertScalar(node: Scalar, { context }: Conversion): unknown {
  const { value } = node;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    context.report('number_invalid', { value: node.source ?? String(value) }, start(node));
    return null;
  }
  return value;
}

function convertAlias(node: Alias, conversion: Conversion): unknown {
  const { context, anchors, open } = conversion;
  const alias = node.source;
  conversion.aliases += 1;
  if (conversion.aliases > METADATA_LIMITS.aliases) {
    context.report('too_many', { what: 'aliases', max: METADATA_LIMITS.aliases }, start(node));
    stop();
  }
  const target = anchors.get(alias);
  if (target === undefined) {
    const reason = `no anchor "&${alias}" stands before it`;
    context.report('alias_invalid', { alias, reason }, start(node));
    return null;
  }
  if (open.has(target)) {
    context.report('alias_invalid', { alias, reason: 'it contains itself' }, start(node));
    return null;
  }
  return convert(target, conversion);
}

function anchor(node: Node, { anchors, context }: Conversion): void {
  const name = (node as { anchor?: string }).anchor;
  if (name === undefined) return;
  const earlier = anchors.get(name);
  if (earlier !== undefined && earlier !== node) {
    const reason = 'its anchor is set twice';
    context.report('alias_invalid', { alias: name, reason }, start(node));
  }
  anchors.set(name, node);
}

function start(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0;
}
