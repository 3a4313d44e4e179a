import { readPrevious, walk } from '../compile/fields.js';
import type { TypedExpression } from '../syntax/ast.js';
import { fromRecord } from '../values/from-record.js';
import {
  required,
  rest,
  special,
  strict,
  type Evaluator,
  type FunctionDefinition,
  type SpecialCall,
} from './definition.js';

/** The change that is going on. */
export const recordFunctions: readonly FunctionDefinition[] = [
  strict({
    name: 'ISNEW',
    group: 'record',
    summary: 'True while the record is being created.',
    parameters: [],
    result: 'boolean',
    previous: true,
    evaluate: (_values, run) => run.scope.isNew,
  }),
  strict({
    name: 'ISCLONE',
    group: 'record',
    summary: 'True while the record is being created as a copy of another.',
    parameters: [],
    result: 'boolean',
    previous: true,
    evaluate: (_values, run) => run.scope.isNew && run.scope.isClone === true,
  }),
  special({
    name: 'ISCHANGED',
    group: 'record',
    summary: 'True when one of the fields differs from before; never while the record is created.',
    parameters: [rest('field', 'field')],
    result: 'boolean',
    previous: true,
    compile: compileIsChanged,
  }),
  special({
    name: 'PRIORVALUE',
    group: 'record',
    summary: 'The value of the field before the change; its present value while being created.',
    parameters: [required('field', 'field')],
    result: ([field]) => field?.type ?? 'any',
    previous: true,
    compile: compilePriorValue,
  }),
];

function compileIsChanged({ nodes }: SpecialCall): Evaluator {
  const fields = nodes.map(segmentsOf);
  return ({ scope }) => {
    const { previous, record } = scope;
    if (scope.isNew || previous === undefined) return false;
    return fields.some((segments) => !isSame(walk(previous, segments), walk(record, segments)));
  };
}

function compilePriorValue({ nodes: [node], site }: SpecialCall): Evaluator {
  const read = { segments: segmentsOf(node), type: node?.type ?? 'any', site };
  return (run) => fromRecord(readPrevious(run, read), read.type, site);
}

function segmentsOf(node: TypedExpression | undefined): readonly string[] {
  return node?.kind === 'path' ? node.segments : [];
}

/** Equality of API values; no value, a missing key and an empty text are the same. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const a = left === '' ? null : (left ?? null);
  const b = right === '' ? null : (right ?? null);
  if (a === null || b === null) return a === b;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Date || b instanceof Date) return instantOf(a) === instantOf(b);
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame(walk(a, [key]), walk(b, [key])));
}

function instantOf(value: object): number | undefined {
  return value instanceof Date ? value.getTime() : undefined;
}
