import { parameterAt } from '../functions/definition.js';
import type { TypedCallNode, TypedExpression } from '../syntax/ast.js';
import type { Builder } from './build.js';
import { logicSql } from './logic.js';
import { momentSql } from './moments.js';
import { numberSql } from './number-functions.js';
import { textSql } from './text.js';
import { notCompilable, type Sql } from './types.js';

/** A call on its way to SQL. */
export interface SqlCall {
  readonly nodes: readonly TypedExpression[];
  readonly builder: Builder;
  /** The argument, compiled; arguments that are not there are no value. */
  readonly argument: (index: number) => Sql;
}

/** Writes one function. */
export type SqlFunction = (call: SqlCall) => Sql;

const TABLE: ReadonlyMap<string, SqlFunction> = new Map([
  ...Object.entries(logicSql),
  ...Object.entries(numberSql),
  ...Object.entries(textSql),
  ...Object.entries(momentSql),
]);

/**
 * True when the database can compute the function exactly. For the others a formula is evaluated
 * after the records are read, and cannot be filtered or sorted by.
 */
export function isSqlFunction(name: string): boolean {
  return TABLE.has(name);
}

/** Compiles a call, or refuses it by name. */
export function compileCallSql(node: TypedCallNode, builder: Builder): Sql {
  const { definition } = node;
  const write = TABLE.get(definition.name);
  if (write === undefined) {
    const reason =
      definition.volatile === true
        ? 'depends on the clock'
        : definition.previous === true
          ? 'looks at the change of a record'
          : 'cannot be computed exactly in the database';
    return notCompilable(`${definition.name} ${reason}`);
  }
  const compiled = new Map<number, Sql>();
  return write({
    nodes: node.arguments,
    builder,
    argument(index) {
      const known = compiled.get(index);
      if (known !== undefined) return known;
      const argument = node.arguments[index];
      if (argument === undefined || parameterAt(definition, index) === undefined)
        return { kind: 'null', nullable: true };
      const value = builder.compile(argument);
      compiled.set(index, value);
      return value;
    },
  });
}
