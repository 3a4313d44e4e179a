import { createError } from '@objectos/spec/errors';
import Handlebars from 'handlebars';
import { checkTemplate, hasHash } from './check.js';
import { HELPERS, type RenderData } from './helpers.js';

/** How values are written: as they are, for HTML, or for a part of a URL. */
export type Escaping = 'text' | 'html' | 'url';

/** A template that is ready to be filled in. */
export interface Template {
  /** @throws `template_failed` */
  render(payload: object, language: Language): string;
  /** Values of the payload that it names. */
  readonly names: ReadonlySet<string>;
}

/** In which language and time zone values are written. */
export interface Language {
  readonly locale: string;
  readonly timeZone: string;
}

const MAX_SOURCE = 64 * 1024;
const MAX_OUTPUT = 1024 * 1024;
const MAX_STEPS = 10_000;
const MAX_TAGS = 2_000;
const NO_PROTOTYPES = {
  allowProtoPropertiesByDefault: false,
  allowProtoMethodsByDefault: false,
} as const;
/** What writes each value where HTML's escaping does not. */
const WRITERS: Readonly<Record<Exclude<Escaping, 'html'>, string>> = {
  text: 'writeText',
  url: 'writeUrl',
};

const engine = createEngine();

/**
 * Compiles a template once. Only text is taken, never a parsed tree, and only what
 * {@link checkTemplate} knows: the compiler makes code of it.
 *
 * @throws `template_invalid`
 */
export function compileTemplate(name: string, source: string, escaping: Escaping): Template {
  const refuse = (reason: string, cause?: unknown) =>
    createError('template_invalid', { template: name, reason }, { cause });
  if (typeof source !== 'string') throw refuse('it is not text');
  if (source.length > MAX_SOURCE) throw refuse('it is longer than 64 KiB');
  // The parser and the compiler call themselves for each level: count before they do.
  if (source.split('{{').length > MAX_TAGS) throw refuse(`it has more than ${MAX_TAGS} tags`);
  try {
    const program = engine.parse(source);
    const { names } = checkTemplate(program);
    if (escaping !== 'html') writeEach(program, WRITERS[escaping]);
    const filled = engine.compile<object>(program, {
      noEscape: escaping !== 'html',
      knownHelpersOnly: true,
      knownHelpers: KNOWN,
    });
    return { names, render: (payload, language) => render(name, filled, { payload, language }) };
  } catch (cause) {
    throw refuse(reasonOf(cause), cause);
  }
}

function render(
  name: string,
  filled: Handlebars.TemplateDelegate<object>,
  { payload, language }: { readonly payload: object; readonly language: Language },
): string {
  const data: RenderData = { ...language, budget: { steps: MAX_STEPS, characters: MAX_OUTPUT } };
  try {
    const text = filled(payload, { data, ...NO_PROTOTYPES });
    if (text.length > MAX_OUTPUT) throw new Error('the text is longer than 1 MiB');
    return text;
  } catch (cause) {
    throw createError('template_failed', { template: name, reason: reasonOf(cause) }, { cause });
  }
}

const KNOWN = Object.fromEntries(
  [...Object.keys(HELPERS), ...Object.values(WRITERS), 'each', 'with', 'if', 'unless'].map(
    (name) => [name, true],
  ),
) as unknown as KnownHelpers;

function createEngine(): typeof Handlebars {
  const own = Handlebars.create();
  for (const name of ['log', 'lookup', 'blockHelperMissing']) own.unregisterHelper(name);
  for (const [name, helper] of Object.entries(HELPERS)) own.registerHelper(name, helper);
  own.registerHelper(WRITERS.text, toText);
  own.registerHelper(WRITERS.url, (value: unknown) => encodeURIComponent(toText(value)));
  own.registerHelper('each', each);
  return own;
}

/**
 * A value as text. Without it, Handlebars would add two numbers that stand beside each other instead
 * of writing both, and call the `toString` that a payload brings.
 */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as number);
}

/** `each` over lists and objects, within the budget of the rendering. */
function each(this: unknown, list: unknown, options: Handlebars.HelperOptions): string {
  if (typeof list !== 'object' || list === null) return options.inverse(this);
  const keys = Array.isArray(list) ? undefined : Object.keys(list);
  const length = keys?.length ?? (list as readonly unknown[]).length;
  if (length === 0) return options.inverse(this);
  const data = Handlebars.createFrame(options.data) as RenderData & Record<string, unknown>;
  const { budget } = data;
  let written = '';
  for (let index = 0; index < length; index += 1) {
    const key = keys?.[index] ?? index;
    const value = (list as Record<string | number, unknown>)[key];
    data['index'] = index;
    data['key'] = key;
    data['first'] = index === 0;
    data['last'] = index === length - 1;
    const one = options.fn(value, { data, blockParams: [value, key] } as never);
    budget.steps -= 1;
    budget.characters -= one.length;
    if (budget.steps < 0) throw new Error(`its lists have more than ${MAX_STEPS} entries`);
    if (budget.characters < 0) throw new Error('the text is longer than 1 MiB');
    written += one;
  }
  return written;
}

/** Makes `{{value}}` of a tree into `{{writer value}}`. */
function writeEach(program: hbs.AST.Program | undefined, writer: string): void {
  for (const statement of program?.body ?? []) {
    if (statement.type === 'BlockStatement') {
      const block = statement as hbs.AST.BlockStatement;
      writeEach(block.program, writer);
      writeEach(block.inverse, writer);
    }
    if (statement.type !== 'MustacheStatement') continue;
    const node = statement as hbs.AST.MustacheStatement;
    const value =
      node.params.length === 0 && !hasHash(node) ? node.path : { ...node, type: 'SubExpression' };
    const { loc } = node;
    const path = { type: 'PathExpression', original: writer, parts: [writer] };
    node.path = { ...path, data: false, depth: 0, loc } as unknown as hbs.AST.PathExpression;
    node.params = [value as hbs.AST.Expression];
    node.hash = undefined as unknown as hbs.AST.Hash;
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deeply';
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
