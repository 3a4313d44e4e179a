import { anyOf, condition, listOf, textOf, type Builder } from './build.js';
import type { SqlCall, SqlFunction } from './functions.js';
import { number, whole } from './number-functions.js';
import { rounded } from './numbers.js';
import { notCompilable, type NumberSql, type Sql, type TextSql } from './types.js';

/** What `String.prototype.trim` removes. */
const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Counts beyond this mean "all": no text is longer. */
const MANY = '1048576';

/** The text of a value as TEXT and `&` give it; no value is the empty text. */
export function shown(value: Sql, builder: Builder): TextSql {
  const text = shownOrNull(value, builder);
  return text.nullable ? textOf(text, builder) : text;
}

function shownOrNull(value: Sql, builder: Builder): TextSql {
  const { words } = builder;
  const { nullable, error } = value;
  switch (value.kind) {
    case 'null':
    case 'text':
      return { ...textOf(value, builder), error };
    case 'boolean': {
      const sql = `(CASE WHEN ${value.sql} THEN 'true' WHEN NOT ${value.sql} THEN 'false' END)`;
      return { kind: 'text', sql, nullable, error };
    }
    case 'number':
      if (value.denominator !== undefined) return notCompilable('it shows a quotient as text');
      return { kind: 'text', sql: words.digits(value.sql, value.scale), nullable, error };
    case 'date':
    case 'datetime':
    case 'time':
      return { kind: 'text', sql: words.show[value.kind](value.sql), nullable, error };
    case 'real':
    case 'duration':
    case 'list':
      return notCompilable(
        `it shows a ${value.kind === 'real' ? 'number without a scale' : value.kind} as text`,
      );
  }
}

/** Texts one after the other. */
export function joined(values: readonly Sql[], builder: Builder): TextSql {
  const parts = values.map((value) => shown(value, builder));
  const error = anyOf(...parts.map((part) => part.error));
  return {
    kind: 'text',
    sql: `(${parts.map((part) => part.sql).join(' || ')})`,
    nullable: false,
    error,
  };
}

function text({ argument, builder }: SqlCall, index: number): TextSql {
  return textOf(argument(index), builder);
}

/** A count of characters from 0 on; NULL without value. */
function count(call: SqlCall, index: number): NumberSql {
  const value = whole(call, index);
  const sql = `(CASE WHEN ${value.sql} < 0 THEN 0 WHEN ${value.sql} > ${MANY} THEN ${MANY} ELSE ${value.sql} END)`;
  return { ...value, sql: call.builder.words.count(sql) };
}

/** A position of characters from 1 on; NULL without value. */
function start(call: SqlCall, index: number): NumberSql {
  const value = whole(call, index);
  const sql = `(CASE WHEN ${value.sql} < 1 THEN 1 WHEN ${value.sql} > ${MANY} THEN ${MANY} ELSE ${value.sql} END)`;
  return { ...value, sql: call.builder.words.count(sql) };
}

function made(sql: string, ...from: readonly Sql[]): TextSql {
  return {
    kind: 'text',
    sql,
    nullable: from.some((value) => value.nullable),
    error: anyOf(...from.map((value) => value.error)),
  };
}

function counted(sql: string, ...from: readonly Sql[]): NumberSql {
  return {
    kind: 'number',
    sql,
    scale: 0,
    nullable: from.some((value) => value.nullable),
    error: anyOf(...from.map((value) => value.error)),
  };
}

const right: SqlFunction = (call) => {
  const source = text(call, 0);
  const wanted = count(call, 1);
  const length = call.builder.words.count(call.builder.words.length(source.sql));
  const from = `(CASE WHEN ${length} > ${wanted.sql} THEN ${length} - ${wanted.sql} WHEN ${wanted.sql} IS NULL THEN NULL ELSE 0 END + 1)`;
  return made(`substr(${source.sql}, ${from})`, source, wanted);
};

const middle: SqlFunction = (call) => {
  const source = text(call, 0);
  const from = start(call, 1);
  if (call.nodes.length < 3) return made(`substr(${source.sql}, ${from.sql})`, source, from);
  const wanted = count(call, 2);
  return made(`substr(${source.sql}, ${from.sql}, ${wanted.sql})`, source, from, wanted);
};

const find: SqlFunction = (call) => {
  const { words } = call.builder;
  const search = text(call, 0);
  const source = text(call, 1);
  const empty = `${search.sql} = ${words.text('')}`;
  if (call.nodes.length < 3) {
    const sql = `(CASE WHEN ${empty} THEN 0 ELSE ${words.position(source.sql, search.sql)} END)`;
    return counted(sql, search, source);
  }
  const given = rounded(number(call, 2), { places: 0, mode: 'down', builder: call.builder });
  const from = start(call, 2);
  const place = words.position(`substr(${source.sql}, ${from.sql})`, search.sql);
  const sql = `(CASE WHEN ${from.sql} IS NULL THEN NULL WHEN ${empty} OR ${given.sql} < 1 OR ${place} = 0 THEN 0 ELSE ${place} + ${from.sql} - 1 END)`;
  return counted(sql, search, source, from);
};

/** Functions of texts. Letters change case by rules that databases do not share, so those are not here. */
export const textSql: Readonly<Record<string, SqlFunction>> = {
  TEXT: ({ argument, builder }) => shown(argument(0), builder),
  CONCAT: ({ nodes, argument, builder }) =>
    joined(
      nodes.map((_, index) => argument(index)),
      builder,
    ),
  LEN(call) {
    const source = text(call, 0);
    return counted(call.builder.words.length(source.sql), source);
  },
  LEFT(call) {
    const source = text(call, 0);
    const wanted = count(call, 1);
    return made(`substr(${source.sql}, 1, ${wanted.sql})`, source, wanted);
  },
  RIGHT: right,
  MID: middle,
  SUBSTR: middle,
  FIND: find,
  CONTAINS(call) {
    const [source, search] = [text(call, 0), text(call, 1)];
    const sql = `(${call.builder.words.position(source.sql, search.sql)} > 0)`;
    return condition(sql, anyOf(source.error, search.error));
  },
  BEGINS(call) {
    const [source, search] = [text(call, 0), text(call, 1)];
    const { words } = call.builder;
    const size = words.count(words.length(search.sql));
    const sql = `(substr(${source.sql}, 1, ${size}) = ${search.sql})`;
    return condition(sql, anyOf(source.error, search.error));
  },
  SUBSTITUTE(call) {
    const parts = [text(call, 0), text(call, 1), text(call, 2)];
    return made(`replace(${parts.map((part) => part.sql).join(', ')})`, ...parts);
  },
  TRIM(call) {
    const source = text(call, 0);
    const { words } = call.builder;
    return made(words.trim(source.sql, words.text(BLANKS)), source);
  },
  ASCII(call) {
    const source = text(call, 0);
    return { ...counted(call.builder.words.codePoint(source.sql), source), nullable: true };
  },
  ISPICKVAL(call) {
    const [choice, wanted] = [text(call, 0), text(call, 1)];
    return condition(`(${choice.sql} = ${wanted.sql})`, anyOf(choice.error, wanted.error));
  },
  INCLUDES(call) {
    const list = listOf(call.argument(0));
    const wanted = text(call, 1);
    return condition(
      call.builder.words.listHas(list.sql, wanted.sql),
      anyOf(list.error, wanted.error),
    );
  },
};
