const COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 36, warn: 33, error: 31 };
const WIDTH = 5;

interface Entry extends Record<string, unknown> {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
}

/** Turns a line of JSON into one for people: time, level, message, the fields, and stacks below. */
export function formatLine(json: string, colour: boolean): string {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as Entry;
  const stacks: string[] = [];
  const rest = Object.entries(fields).map(([name, value]) => {
    const stack = stackOf(value);
    if (stack === undefined) return `${name}=${inline(value)}`;
    stacks.push(stack);
    return `${name}=${inline((value as { message?: unknown }).message)}`;
  });
  const paint = (text: string, code: number) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const parts = [
    paint(time.slice(11, 23), 90),
    paint(level.padEnd(WIDTH), COLOURS[level] ?? 0),
    msg,
    ...(rest.length === 0 ? [] : [paint(rest.join(' '), 90)]),
  ];
  return `${[parts.join(' '), ...stacks].join('\n')}\n`;
}

/** The stack of an error, with those of its causes. */
function stackOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('stack' in value)) return undefined;
  const { stack, cause } = value as { stack: unknown; cause?: unknown };
  const below = stackOf(cause);
  return below === undefined
    ? `  ${String(stack)}`
    : `  ${String(stack)}\n  caused by ${below.trim()}`;
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
