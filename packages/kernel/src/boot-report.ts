import type { Phase, PluginRecord, PluginState } from './lifecycle.js';

/** How the boot of one plugin went. Times are milliseconds. */
export interface PluginReport {
  readonly id: string;
  readonly version: string;
  readonly style: string;
  readonly state: PluginState;
  /** Which wave it came up in, from 1; 0 when it did not come up. */
  readonly wave: number;
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly problem?: string | undefined;
}

/** How a boot went. */
export interface BootReportData {
  readonly milliseconds: number;
  readonly waves: readonly (readonly string[])[];
  readonly plugins: readonly PluginReport[];
}

/** How a boot went, for programs and for people. */
export interface BootReport extends BootReportData {
  toJSON(): BootReportData;
  /** A table: one line per plugin, in order of the waves, slow phases visible. */
  format(): string;
}

/** Makes the report of a boot that took `milliseconds`. */
export function createBootReport(
  records: readonly PluginRecord[],
  waves: readonly (readonly string[])[],
  milliseconds: number,
): BootReport {
  const up = new Set(records.filter((record) => record.run).map((record) => record.plugin.id));
  const ranWaves = waves
    .map((wave) => wave.filter((id) => up.has(id)))
    .filter((wave) => wave.length > 0);
  const plugins = records
    .map((record) => reportOf(record, ranWaves))
    .sort((left, right) => (left.wave || Infinity) - (right.wave || Infinity));
  const data: BootReportData = { milliseconds: round(milliseconds), waves: ranWaves, plugins };
  return { ...data, toJSON: () => data, format: () => formatReport(data) };
}

function reportOf(record: PluginRecord, waves: readonly (readonly string[])[]): PluginReport {
  const { id, version, style } = record.plugin;
  const phases: Partial<Record<Phase, number>> = {};
  for (const [phase, time] of record.phases) phases[phase] = round(time);
  const wave = waves.findIndex((members) => members.includes(id)) + 1;
  return {
    id,
    version,
    style,
    state: record.state,
    wave,
    phases,
    problem: record.problem?.message,
  };
}

function formatReport({ milliseconds, waves, plugins }: BootReportData): string {
  const rows = plugins.map((plugin) => [
    plugin.wave === 0 ? '-' : String(plugin.wave),
    plugin.id,
    plugin.version,
    plugin.state,
    Object.entries(plugin.phases)
      .map(([phase, time]) => `${phase} ${time}`)
      .join(', '),
  ]);
  const table = [['wave', 'plugin', 'version', 'state', 'milliseconds'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const started = plugins.filter((plugin) => plugin.state === 'started').length;
  const title = `${started} plugins started in ${milliseconds} ms, in ${waves.length} waves`;
  return [title, ...lines].join('\n');
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
