import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/**
 * `objectos verify derived`: computes roll-up summaries anew, looks for records without their
 * automatic number, and reports what differs. Exit code 1 when something differs and stays so.
 */
export async function verifyDerived(
  folder: string,
  options: CommandOptions,
  io: Io,
): Promise<number> {
  const repair = options.repair === true;
  const report = await withApplication(folder, options, io, ({ kernel }) =>
    kernel.service(dataEngineService).verifyDerived({ repair }, systemContext('verify-derived')),
  );
  const exitCode = report.drifted > 0 && !repair ? 1 : 0;
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return exitCode;
  }
  for (const { object, field, checked, drifted, repaired, samples } of report.fields) {
    const outcome = drifted === 0 ? 'right' : `${drifted} differ, ${repaired} repaired`;
    io.stdout.write(`${object}.${field}: ${checked} checked, ${outcome}\n`);
    for (const { id, stored, expected } of samples) {
      io.stdout.write(
        `  ${id}: ${JSON.stringify(stored)}, should be ${JSON.stringify(expected)}\n`,
      );
    }
  }
  if (exitCode === 1) io.stdout.write('Run with --repair to store the right values.\n');
  if (report.fields.length === 0) io.stdout.write('No object stores derived values.\n');
  return exitCode;
}
