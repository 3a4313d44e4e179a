/// <reference types="handlebars" />
import { HELPERS } from './helpers.js';

const BLOCKS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);
const DATA: ReadonlySet<string> = new Set(['index', 'first', 'last', 'key', 'root']);
/** Names by which one would reach the prototype of a value. */
const NEVER: ReadonlySet<string> = new Set(['constructor', '__proto__', 'prototype']);
const MAX_DEPTH = 32;

/** What walking a template finds out. */
export interface Checked {
  /** Values of the payload that the template names, as far as one can tell without running it. */
  readonly names: ReadonlySet<string>;
  /** Helpers and blocks that it uses. */
  readonly helpers: ReadonlySet<string>;
}

interface Walk {
  readonly names: Set<string>;
  readonly helpers: Set<string>;
  /** Inside `each` or `with`, where a name means something else. */
  readonly inside: boolean;
  readonly depth: number;
}

/**
 * Lets through what a template may be made of, and nothing else: no partials, decorators, raw
 * output, unknown helpers, ways to a prototype.
 *
 * @returns what it uses
 * @throws Error that says what is wrong, for `template_invalid`
 */
export function checkTemplate(program: hbs.AST.Program): Checked {
  const walk = { names: new Set<string>(), helpers: new Set<string>(), inside: false, depth: 0 };
  checkProgram(program, walk);
  return walk;
}

function checkProgram(program: hbs.AST.Program | undefined, walk: Walk): void {
  if (walk.depth > MAX_DEPTH) throw new Error(`blocks are nested deeper than ${MAX_DEPTH}`);
  for (const statement of program?.body ?? []) checkStatement(statement, walk);
}

function checkStatement(statement: hbs.AST.Statement, walk: Walk): void {
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return;
    case 'MustacheStatement':
      return checkMustache(statement as hbs.AST.MustacheStatement, walk);
    case 'BlockStatement':
      return checkBlock(statement as hbs.AST.BlockStatement, walk);
    default:
      throw new Error('partials and decorators are not allowed');
  }
}

function checkMustache(node: hbs.AST.MustacheStatement, walk: Walk): void {
  if (!node.escaped) throw new Error('raw output ({{{ }}} and {{& }}) is not allowed');
  if (node.path.type !== 'PathExpression') throw new Error('a tag names a value');
  const path = node.path as hbs.AST.PathExpression;
  if (node.params.length === 0 && !hasHash(node)) {
    // A value may be called like a helper: without anything to work on, the value is meant.
    if (path.original in HELPERS) path.original = `this.${path.original}`;
    return checkPath(path, walk);
  }
  checkCall(node, walk);
}

function checkBlock(node: hbs.AST.BlockStatement, walk: Walk): void {
  const name = node.path.original;
  if (!BLOCKS.has(name)) {
    throw new Error(`there is no block "#${name}"; there are #${[...BLOCKS].join(', #')}`);
  }
  if (node.params.length !== 1 || hasHash(node)) {
    throw new Error(`"#${name}" takes one value`);
  }
  walk.helpers.add(name);
  checkExpression(node.params[0], walk);
  const inside = walk.inside || name === 'each' || name === 'with';
  checkProgram(node.program, { ...walk, inside, depth: walk.depth + 1 });
  // `{{else if}}` is a block inside the inverse, so a long chain of them is a deep one.
  checkProgram(node.inverse, { ...walk, depth: walk.depth + 1 });
}

function checkCall(
  node: Pick<hbs.AST.MustacheStatement, 'path' | 'params' | 'hash'>,
  walk: Walk,
): void {
  const name = (node.path as hbs.AST.PathExpression).original;
  if (!Object.hasOwn(HELPERS, name)) {
    throw new Error(`there is no helper "${name}"; there are ${Object.keys(HELPERS).join(', ')}`);
  }
  walk.helpers.add(name);
  for (const param of node.params) checkExpression(param, walk);
  for (const pair of hasHash(node) ? node.hash.pairs : []) checkExpression(pair.value, walk);
}

function checkExpression(node: hbs.AST.Expression | undefined, walk: Walk): void {
  if (node?.type === 'PathExpression') checkPath(node as hbs.AST.PathExpression, walk);
  if (node?.type === 'SubExpression') checkCall(node as hbs.AST.SubExpression, walk);
}

function checkPath(path: hbs.AST.PathExpression, { names, inside }: Walk): void {
  const parts = path.parts.map(String);
  const bad = parts.find((part) => NEVER.has(part));
  if (bad !== undefined) throw new Error(`"${bad}" is not a value`);
  if (path.data) {
    if (!DATA.has(parts[0] ?? '')) throw new Error(`there is no "@${parts[0] ?? ''}"`);
    return;
  }
  const [first] = parts;
  if (!inside && first !== undefined) names.add(first);
}

/** The parser leaves `hash` away where there is none, whatever its types say. */
export function hasHash({ hash }: { readonly hash?: hbs.AST.Hash | undefined }): boolean {
  return hash !== undefined;
}
