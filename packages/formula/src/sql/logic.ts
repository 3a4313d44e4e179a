import type { TypedExpression } from '../syntax/ast.js';
import { choose, type Branch } from './branches.js';
import { anyOf, booleanOf, condition, isTrue, onlyIf, type Builder } from './build.js';
import { blank, equality } from './compare.js';
import type { SqlCall, SqlFunction } from './functions.js';
import { notCompilable, type BooleanSql, type Sql } from './types.js';

/** Joins conditions that are looked at in turn, until one decides. */
export function sequence(values: readonly BooleanSql[], junction: 'AND' | 'OR'): BooleanSql {
  const terms = values.map(isTrue);
  const error = values.reduceRight<string | undefined>((later, value) => {
    const goesOn = junction === 'AND' ? isTrue(value) : `NOT ${isTrue(value)}`;
    return anyOf(value.error, onlyIf(goesOn, later));
  }, undefined);
  return condition(
    terms.length === 1 ? (terms[0] ?? 'TRUE') : `(${terms.join(` ${junction} `)})`,
    error,
  );
}

/** `subject IN (options)`. */
export function membership(
  subject: TypedExpression,
  options: readonly TypedExpression[],
  { negated, builder }: { negated: boolean; builder: Builder },
): BooleanSql {
  const value = builder.compile(subject);
  const found = options.map((option) => {
    const candidate = builder.compile(option);
    if (candidate.kind === 'list') return notCompilable('IN looks into a list');
    const types = { leftNode: subject, rightNode: option };
    const { same, different, error } = equality(
      { ...value, error: undefined },
      candidate,
      types,
      builder,
    );
    return condition(negated ? different : same, error);
  });
  const joined = sequence(found, negated ? 'AND' : 'OR');
  return condition(joined.sql, anyOf(value.error, joined.error));
}

function conditions({ nodes, builder, argument }: SqlCall): BooleanSql[] {
  return nodes.map((_, index) => booleanOf(argument(index), builder));
}

function isNullNode(node: TypedExpression | undefined): boolean {
  return node?.kind === 'literal' && node.value === null;
}

const chooseCase: SqlFunction = ({ nodes, builder, argument }) => {
  const [subjectNode] = nodes;
  const value = argument(0);
  const branches: Branch[] = [];
  for (let index = 1; index < nodes.length; index += 2) {
    const node = nodes[index];
    if (subjectNode === undefined || node === undefined) break;
    if (index === nodes.length - 1) {
      branches.push({ when: undefined, then: argument(index) });
      break;
    }
    const found = isNullNode(node)
      ? { same: blank(value, builder), error: undefined }
      : equality(
          { ...value, error: undefined },
          argument(index),
          { leftNode: subjectNode, rightNode: node },
          builder,
        );
    branches.push({ when: found.same, error: found.error, then: argument(index + 1) });
  }
  const chosen = choose(branches, builder);
  return { ...chosen, error: anyOf(value.error, chosen.error) };
};

const isBlank: SqlFunction = ({ builder, argument }) => {
  const value = argument(0);
  return condition(blank(value, builder), value.error);
};

const firstNotBlank: SqlFunction = ({ builder, argument }) => {
  const value = argument(0);
  const chosen = choose(
    [
      { when: blank(value, builder), then: argument(1) },
      { when: undefined, then: { ...value, error: undefined } },
    ],
    builder,
  );
  return { ...chosen, error: anyOf(value.error, chosen.error) };
};

const ifError: SqlFunction = ({ builder, argument }) => {
  const value = argument(0);
  if (value.error === undefined) return value;
  return choose(
    [
      { when: value.error, then: argument(1) },
      { when: undefined, then: { ...value, error: undefined } },
    ],
    builder,
  );
};

const isNumber: SqlFunction = ({ argument }): Sql => {
  const value = argument(0);
  if (value.kind === 'text' || value.kind === 'list') return notCompilable('ISNUMBER reads text');
  const isOne = value.kind === 'number' || value.kind === 'real';
  const sql = value.nullable && isOne ? `(${value.sql} IS NOT NULL)` : isOne ? 'TRUE' : 'FALSE';
  return condition(sql, value.error);
};

/** Conditions, choices and blanks. */
export const logicSql: Readonly<Record<string, SqlFunction>> = {
  IF({ nodes, builder, argument }) {
    const test = booleanOf(argument(0), builder);
    const branches: Branch[] = [{ when: isTrue(test), error: test.error, then: argument(1) }];
    if (nodes.length > 2) branches.push({ when: undefined, then: argument(2) });
    return choose(branches, builder);
  },
  AND: (call) => sequence(conditions(call), 'AND'),
  OR: (call) => sequence(conditions(call), 'OR'),
  NOT({ builder, argument }) {
    const value = booleanOf(argument(0), builder);
    return condition(`(NOT ${isTrue(value)})`, value.error);
  },
  CASE: chooseCase,
  IN({ nodes, builder }) {
    const [subject, ...options] = nodes;
    if (subject === undefined) return notCompilable('IN has no subject');
    return membership(subject, options, { negated: false, builder });
  },
  IFERROR: ifError,
  ISBLANK: isBlank,
  ISNULL: isBlank,
  BLANKVALUE: firstNotBlank,
  NULLVALUE: firstNotBlank,
  ISNUMBER: isNumber,
};
