import type { RowFilter } from '@objectql/core/driver';

/** A filter whose deep parts may have been computed before, as flags of the row. */
export type Condition =
  | Exclude<RowFilter, { readonly op: 'and' | 'or' | 'not' }>
  | { readonly op: 'and' | 'or'; readonly args: readonly Condition[] }
  | { readonly op: 'not'; readonly arg: Condition }
  | { readonly op: 'flag'; readonly field: string };

/** The server takes about 100 levels; each junction needs two, and pipelines need some. */
const MAX_HEIGHT = 20;

/** A condition that is not deep, and what must be computed for it before, in this order. */
export interface Shallow {
  readonly condition: Condition;
  readonly flags: readonly { readonly field: string; readonly condition: Condition }[];
}

/** Cuts a filter into parts that the server can read. */
export function shallow(filter: RowFilter, nextName: () => string): Shallow {
  const flags: { field: string; condition: Condition }[] = [];
  const walk = (part: RowFilter): { condition: Condition; height: number } => {
    if (part.op !== 'and' && part.op !== 'or' && part.op !== 'not') {
      return { condition: part, height: 0 };
    }
    const parts = (part.op === 'not' ? [part.arg] : part.args).map((arg) => {
      const below = walk(arg);
      if (below.height < MAX_HEIGHT) return below;
      const field = nextName();
      flags.push({ field, condition: below.condition });
      return { condition: { op: 'flag', field } as const, height: 0 };
    });
    const args = parts.map(({ condition }) => condition);
    const height = 1 + parts.reduce((most, below) => Math.max(most, below.height), 0);
    const condition: Condition =
      part.op === 'not' ? { op: 'not', arg: args[0] as Condition } : { op: part.op, args };
    return { condition, height };
  };
  return { condition: walk(filter).condition, flags };
}

/** True when the condition can be tried on a document as it is stored. */
export function isPlain(condition: Condition): boolean {
  switch (condition.op) {
    case 'and':
    case 'or':
      return condition.args.every(isPlain);
    case 'not':
      return isPlain(condition.arg);
    default:
      return condition.op !== 'exists' && condition.op !== 'flag';
  }
}
