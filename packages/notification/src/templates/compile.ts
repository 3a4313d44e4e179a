import { createError } from '@objectos/spec/errors';
import Handlebars from 'handlebars';
import { checkTemplate } from './check.js';
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
    const program = Handlebars.parse(source);
    const { names, helpers } = checkTemplate(program);
    const filled = engineFor(escaping, helpers).compile<object>(program, {
      knownHelpersOnly: true,
      knownHelpers: Object.fromEntries([...helpers].map((one) => [one, true])) as never,
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
  const { locale, timeZone } = language;
  const budget = { steps: MAX_STEPS, characters: MAX_OUTPUT };
  // With `root`, Handlebars takes this as it is instead of copying it.
  const data: RenderData & { root: object } = { locale, timeZone, budget, root: payload };
  try {
    const text = filled(payload, { data, ...NO_PROTOTYPES });
    if (text.length > MAX_OUTPUT) throw new Error('the text is longer than 1 MiB');
    return text;
  } catch (cause) {
    throw createError('template_failed', { template: name, reason: reasonOf(cause) }, { cause });
  }
}

const engines = new Map<string, typeof Handlebars>();

/**
 * An engine with the helpers of a template and no others: Handlebars prepares all that it has for
 * each rendering, and what is not there cannot be called.
 */
function engineFor(escaping: Escaping, helpers: ReadonlySet<string>): typeof Handlebars {
  const key = `${escaping} ${[...helpers].sort().join()}`;
  const known = engines.get(key);
  if (known !== undefined) return known;
  const own = Handlebars.create();
  const all: Readonly<Record<string, Handlebars.HelperDelegate>> = {
    ...own.helpers,
    ...HELPERS,
    each,
  };
  for (const name of Object.keys(own.helpers)) own.unregisterHelper(name);
  // Handlebars' own `unless` calls `if`.
  const used = helpers.has('unless') ? new Set([...helpers, 'if']) : helpers;
  for (const name of used) own.registerHelper(name, all[name] as Handlebars.HelperDelegate);
  if (escaping !== 'html') writeWith(own, escaping === 'text' ? toText : toUrlPart);
  engines.set(key, own);
  return own;
}

/** What Handlebars makes of a template, as far as it matters here. */
interface Compiled {
  main(container: { escapeExpression: (value: unknown) => string }, ...rest: unknown[]): unknown;
}

/** Lets templates write values with another function than the one for HTML. */
function writeWith(own: typeof Handlebars, write: (value: unknown) => string): void {
  const template = own.template.bind(own) as (compiled: unknown) => Handlebars.TemplateDelegate;
  const changed = (compiled: Compiled & Readonly<Record<string, unknown>>) =>
    template({
      ...compiled,
      main(container: Parameters<Compiled['main']>[0], ...rest: unknown[]) {
        container.escapeExpression = write;
        return compiled.main(container, ...rest);
      },
    });
  Object.assign(own, { template: changed });
}

/**
 * A value as text. Handlebars without escaping would add two numbers that stand beside each other
 * instead of writing both, and call the `toString` that a payload brings.
 */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as number);
}

function toUrlPart(value: unknown): string {
  return encodeURIComponent(toText(value));
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

function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return 'it is nested too deeply';
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
