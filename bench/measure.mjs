// What the benchmarks of the engine share: running two sides in turn, and the table of what came out.
import process from 'node:process';
import { median, option } from './servers.mjs';

const seconds = Number(option('--seconds') ?? 1);
const rounds = Number(option('--rounds') ?? 3);
/** At once, as ten connections of a server would. */
const WORKERS = 10;
/** Before that much work a program is still being compiled, the longer one longer than the shorter. */
const WARM_UP = Math.max(2, seconds);

/** How it was measured, for the reader of a table. */
export const EFFORT = `${seconds} s a run, median of ${rounds} interleaved rounds after ${WARM_UP} s, ${WORKERS} at once, 1 for bulk`;

/** The head of the table that {@link tableRow} fills. */
export const TABLE_HEAD = `| operation | raw /s | engine /s | share | goal | raw CPU µs | engine CPU µs |
|---|---|---|---|---|---|---|`;

/** Measures both sides of an operation in turn. */
export async function compare({ name, goal, ours, raw, workers = WORKERS }) {
  await rate(ours, workers, WARM_UP);
  await rate(raw, workers, WARM_UP);
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push([await rate(ours, workers), await rate(raw, workers)]);
  }
  const [mine, theirs] = [0, 1].map((side) => ({
    perSecond: median(pairs.map((pair) => pair[side].perSecond)),
    cpu: median(pairs.map((pair) => pair[side].cpu)),
  }));
  const share = median(pairs.map(([one, other]) => (100 * one.perSecond) / other.perSecond));
  return { name, goal, mine, theirs, share };
}

/** One line of the table. */
export function tableRow({ name, goal, mine, theirs, share }) {
  const cells = [
    name,
    amount(theirs.perSecond),
    amount(mine.perSecond),
    `${share.toFixed(0)} %`,
    goal === undefined ? '' : `${goal} %`,
    theirs.cpu.toFixed(0),
    mine.cpu.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Median milliseconds of each kind of work, one run of each in turn, so that all meet the same load. */
export async function inTurn(works) {
  const times = works.map(() => []);
  const end = performance.now() + 1000 * seconds * rounds * works.length;
  while (performance.now() < end) {
    for (const [at, work] of works.entries()) {
      const start = performance.now();
      await work();
      times[at].push(performance.now() - start);
    }
  }
  // The first runs of a JavaScript program say nothing about the others.
  return times.map((list) => median(list.slice(Math.ceil(list.length / 5))));
}

/** Runs per second, and microseconds of CPU that this process spent on each. */
export async function rate(work, workers, duration = seconds) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + duration * 1000;
  let runs = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await work();
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const spent = process.cpuUsage(cpu);
  return {
    perSecond: (1000 * runs) / (performance.now() - start),
    cpu: (spent.user + spent.system) / runs,
  };
}

function amount(perSecond) {
  return perSecond.toFixed(perSecond < 10 ? 1 : 0);
}
