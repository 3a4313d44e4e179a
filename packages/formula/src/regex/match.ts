import { isWord, parsePattern, type Pattern, type PatternProblem } from './parse.js';

type Instruction =
  | { readonly kind: 'set'; readonly test: (code: number) => boolean }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'word' | 'inside' }
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'jump'; target: number }
  | { readonly kind: 'match' };

/** A compiled pattern. */
export interface CompiledPattern {
  /** True when the whole text matches. `step` is told the work of each character. */
  matches(text: string, step: (work: number) => void): boolean;
}

/**
 * Compiles a pattern to a Thompson machine: all alternatives advance together, one character at a
 * time, so a match costs at most text length times pattern size, whatever the pattern.
 */
export function compilePattern(
  source: string,
  maxStates: number,
): CompiledPattern | PatternProblem {
  const pattern = parsePattern(source);
  if ('problem' in pattern) return pattern;
  const program: Instruction[] = [];
  if (!emit(pattern, program, maxStates)) {
    return { problem: `has more than ${String(maxStates)} states` };
  }
  program.push({ kind: 'match' });
  return { matches: (text, step) => run(program, text, step) };
}

/** Appends the code of a pattern; false when the program grows too large. */
function emit(pattern: Pattern, program: Instruction[], max: number): boolean {
  if (program.length > max) return false;
  switch (pattern.kind) {
    case 'empty':
      return true;
    case 'set':
    case 'assert':
      program.push(pattern);
      return true;
    case 'sequence':
      return pattern.items.every((item) => emit(item, program, max));
    case 'choice':
      return emitChoice(pattern.items, program, max);
    case 'repeat':
      return emitRepeat(pattern, program, max);
  }
}

function emitChoice(items: readonly Pattern[], program: Instruction[], max: number): boolean {
  const exits: { target: number }[] = [];
  for (const item of items.slice(0, -1)) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    program.push(split);
    if (!emit(item, program, max)) return false;
    const exit = { kind: 'jump' as const, target: 0 };
    program.push(exit);
    exits.push(exit);
    split.second = program.length;
  }
  const last = items[items.length - 1];
  if (last !== undefined && !emit(last, program, max)) return false;
  for (const exit of exits) exit.target = program.length;
  return true;
}

function emitRepeat(
  pattern: Extract<Pattern, { readonly kind: 'repeat' }>,
  program: Instruction[],
  max: number,
): boolean {
  for (let count = 0; count < pattern.min; count++) {
    if (!emit(pattern.item, program, max)) return false;
  }
  if (pattern.max === Number.POSITIVE_INFINITY) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    const start = program.length;
    program.push(split);
    if (!emit(pattern.item, program, max)) return false;
    program.push({ kind: 'jump', target: start });
    split.second = program.length;
    return true;
  }
  const splits: { second: number }[] = [];
  for (let count = pattern.min; count < pattern.max; count++) {
    const split = { kind: 'split' as const, first: program.length + 1, second: 0 };
    program.push(split);
    splits.push(split);
    if (!emit(pattern.item, program, max)) return false;
  }
  for (const split of splits) split.second = program.length;
  return program.length <= max;
}

interface Place {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

function run(program: readonly Instruction[], text: string, step: (work: number) => void): boolean {
  let before: number | undefined;
  let states: readonly number[] = [0];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const current = close(program, states, { before, after: code });
    // Visiting a state costs about four times what handling a character of plain text does.
    step(4 * (1 + current.length));
    const next: number[] = [];
    for (const state of current) {
      const instruction = program[state];
      if (instruction?.kind === 'set' && instruction.test(code)) next.push(state + 1);
    }
    if (next.length === 0) return false;
    states = next;
    before = code;
  }
  const final = close(program, states, { before, after: undefined });
  return final.some((state) => program[state]?.kind === 'match');
}

/** Every state reachable without reading a character, each once. */
function close(
  program: readonly Instruction[],
  states: readonly number[],
  place: Place,
): readonly number[] {
  const seen = new Set<number>();
  const pending = [...states];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (seen.has(state)) continue;
    seen.add(state);
    const instruction = program[state];
    if (instruction?.kind === 'jump') pending.push(instruction.target);
    else if (instruction?.kind === 'split') pending.push(instruction.second, instruction.first);
    else if (instruction?.kind === 'assert' && holds(instruction.at, place))
      pending.push(state + 1);
  }
  return [...seen];
}

function holds(at: 'start' | 'end' | 'word' | 'inside', { before, after }: Place): boolean {
  if (at === 'start') return before === undefined;
  if (at === 'end') return after === undefined;
  const edge = isWordAt(before) !== isWordAt(after);
  return at === 'word' ? edge : !edge;
}

function isWordAt(code: number | undefined): boolean {
  return code !== undefined && isWord(code);
}
