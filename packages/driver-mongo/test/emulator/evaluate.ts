import { bucketStart, type BucketUnit } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { Aggregator } from 'mingo/aggregator';
import { Lazy } from 'mingo/lazy';
import { Context, evalExpr } from 'mingo/core';
import * as accumulator from 'mingo/operators/accumulator';
import * as expression from 'mingo/operators/expression';
import * as pipeline from 'mingo/operators/pipeline';
import * as projection from 'mingo/operators/projection';
import * as query from 'mingo/operators/query';
import * as window from 'mingo/operators/window';
import { Query } from 'mingo/query';
import type { AnyObject, Options } from 'mingo/types';
import { resolve } from 'mingo/util';
import { isBsonNumber, meanOf, sumOf, toDecimal, type BsonNumber } from './numbers.js';
import { compareBson, keyText, rankOf } from './order.js';

/** The documents of a collection. */
export type DocumentsOf = (collection: string) => readonly Document[];

type Holds = (order: number) => boolean;
const HOLDS: Readonly<Record<string, Holds>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** An array matches when it does itself, or one of its elements. */
const anyOf = (document: AnyObject, path: string, test: (value: unknown) => boolean): boolean => {
  const value: unknown = resolve(document, path, { unwrapArray: true });
  return test(value) || (Array.isArray(value) && value.some(test));
};
const equal = (value: unknown, other: unknown): boolean =>
  compareBson(value ?? null, other ?? null) === 0;

type Test = (value: unknown, operand: unknown) => boolean;
const onFields =
  (test: Test, wanted = true) =>
  (path: string, operand: unknown) =>
  (document: AnyObject): boolean =>
    anyOf(document, path, (value) => test(value, operand)) === wanted;

/** Has the type and the order: the server compares only values of one type. */
const bracketed =
  (holds: Holds): Test =>
  (value, operand) =>
    rankOf(value) === rankOf(operand) && holds(compareBson(value, operand));
const among: Test = (value, list) => (list as unknown[]).some((one) => equal(value, one));
/** Long lists by their texts; numbers that have the same one are compared exactly. */
const inList = (wanted: boolean) => (path: string, list: unknown[]) => {
  const texts = new Set(list.map((one) => keyText(one ?? null)));
  const test = (value: unknown): boolean =>
    texts.has(keyText(value ?? null)) && (typeof value === 'string' || among(value, list));
  return (document: AnyObject): boolean => anyOf(document, path, test) === wanted;
};
const matching: Test = (value, regex) =>
  typeof value === 'string' && unicode(regex as RegExp | string).test(value);

/** The server matches characters, not units of UTF-16. */
function unicode(regex: RegExp | string): RegExp {
  return new RegExp(typeof regex === 'string' ? regex : regex.source, 'u');
}

type Arguments = readonly unknown[];
const computed =
  (compute: (values: never) => unknown) =>
  (document: AnyObject, expr: unknown, options: Options): unknown =>
    compute(evalExpr(document, expr as AnyObject, options) as never);
const compared = (holds: Holds) =>
  computed(([one, other]: Arguments) => holds(compareBson(one, other)));
const number = (compute: (value: BsonNumber) => unknown) =>
  computed((value: unknown) => (isBsonNumber(value) ? compute(value) : null));

interface DateArguments {
  readonly date: Date | string | null | undefined;
  readonly unit: BucketUnit;
  readonly timezone: string;
}

const numbersOf = (list: readonly unknown[], expr: unknown, options: Options): BsonNumber[] => {
  const values = accumulator.$push(list as AnyObject[], expr as AnyObject, options) as unknown[];
  return values.filter(isBsonNumber);
};
const extreme =
  (sign: number) =>
  (list: readonly unknown[], expr: unknown, options: Options): unknown => {
    const values = accumulator.$push(list as AnyObject[], expr as AnyObject, options) as unknown[];
    return values
      .filter((value) => value !== null && value !== undefined)
      .reduce<unknown>(
        (best, value) => (best === null || sign * compareBson(value, best) > 0 ? value : best),
        null,
      );
  };

/**
 * Where mingo differs from the server in what the driver uses: types and order of BSON, code points,
 * time zones, lookups with fields and a pipeline. All else is mingo's.
 */
const corrections = {
  query: {
    $eq: onFields(equal),
    $ne: onFields(equal, false),
    $in: inList(true),
    $nin: inList(false),
    $regex: onFields(matching),
    ...Object.fromEntries(
      Object.entries(HOLDS).map(([name, holds]) => [name, onFields(bracketed(holds))]),
    ),
  },
  expression: {
    $eq: compared((order) => order === 0),
    $ne: compared((order) => order !== 0),
    ...Object.fromEntries(Object.entries(HOLDS).map(([name, holds]) => [name, compared(holds)])),
    $in: computed(([value, list]: Arguments) =>
      (list as unknown[]).some((one) => compareBson(value, one) === 0),
    ),
    $regexMatch: computed(({ input, regex }: { input: unknown; regex: string }) =>
      matching(input, regex),
    ),
    $toDecimal: number(toDecimal),
    $toDouble: number((value) => Number(String(value))),
    $dateFromString: computed(({ dateString }: { dateString: string | null }) =>
      typeof dateString === 'string' ? new Date(dateString) : null,
    ),
    // The span's first day, which `$dateToString` passes on.
    $dateTrunc: computed(({ date, unit, timezone }: DateArguments) =>
      date instanceof Date ? bucketStart(date.toISOString(), unit, timezone) : null,
    ),
    $dateToString: computed(({ date }: DateArguments) => date ?? null),
  },
  accumulator: {
    $sum: (list: readonly unknown[], expr: unknown, options: Options) =>
      sumOf(numbersOf(list, expr, options)),
    $avg: (list: readonly unknown[], expr: unknown, options: Options) => {
      const numbers = numbersOf(list, expr, options);
      return numbers.length === 0 ? null : meanOf(numbers);
    },
    $min: extreme(-1),
    $max: extreme(1),
  },
  pipeline: {
    $sort: (list: Sortable, keys: Record<string, number>) =>
      list.transform((documents) => {
        documents.sort((one, other) => {
          for (const [path, direction] of Object.entries(keys)) {
            const order = compareBson(resolve(one, path) ?? null, resolve(other, path) ?? null);
            if (order !== 0) return order * direction;
          }
          return 0;
        });
        return Lazy(documents);
      }),
    $lookup: lookUp,
  },
};

interface Sortable {
  transform(change: (documents: AnyObject[]) => unknown): Sortable;
  map(change: (document: AnyObject) => AnyObject): Sortable;
}

interface Lookup {
  readonly from: string;
  readonly localField: string;
  readonly foreignField: string;
  readonly let?: AnyObject;
  readonly pipeline?: AnyObject[];
  readonly as: string;
}

/** An absent field equals null. */
function lookUp(list: Sortable, spec: Lookup, options: Options): Sortable {
  const foreign = options.collectionResolver?.(spec.from) ?? [];
  return list.map((document) => {
    const local: unknown = resolve(document, spec.localField);
    const joined = foreign.filter((other) =>
      equal(resolve(other as AnyObject, spec.foreignField), local),
    );
    const outer = (options as { local?: { variables?: AnyObject } }).local?.variables;
    const own = evalExpr(document, spec.let ?? {}, options) as AnyObject;
    const variables = { ...options.variables, ...outer, ...own };
    const inner = {
      ...optionsFor((name) => options.collectionResolver?.(name) as Document[]),
      variables,
    };
    return { ...document, [spec.as]: new Aggregator(spec.pipeline ?? [], inner).run(joined) };
  });
}

// The first of two operators of one name counts.
const context = Context.from(
  Context.init(corrections as unknown as Parameters<typeof Context.init>[0]),
  Context.init({
    accumulator,
    expression,
    pipeline,
    projection,
    query,
    window,
  } as unknown as Parameters<typeof Context.init>[0]),
);

function optionsFor(documentsOf: DocumentsOf): Partial<Options> {
  return { context, collectionResolver: (name: string) => [...documentsOf(name)] };
}

/** The documents that match, in their order. */
export function matchingDocuments(documents: readonly Document[], condition: Document): Document[] {
  const test = new Query(
    condition,
    optionsFor(() => []),
  );
  return documents.filter((document) => test.test(document));
}

/** What a pipeline makes of documents. */
export function aggregated(
  documents: readonly Document[],
  stages: readonly Document[],
  documentsOf: DocumentsOf,
): Document[] {
  return new Aggregator([...stages], optionsFor(documentsOf)).run([...documents]);
}

/** The value of an expression that needs no document. */
export function valueOf(expr: unknown, document: Document): unknown {
  return evalExpr(document, expr as AnyObject, optionsFor(() => []) as Options);
}
