import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/**
 * `objectos secrets rotate`: encrypts anew what is not encrypted with the current key. May be
 * interrupted and run again, also while the application runs. Exit code 1 when values could not be
 * opened; they stay as they are.
 */
export async function secretsRotate(
  folder: string,
  options: CommandOptions,
  io: Io,
): Promise<number> {
  const report = await withApplication(folder, options, io, ({ kernel }) =>
    kernel.service(dataEngineService).rotateSecrets(systemContext('secrets-rotate')),
  );
  const exitCode = report.failed > 0 ? 1 : 0;
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return exitCode;
  }
  for (const { object, field, checked, rotated, failed, samples } of report.fields) {
    const rest = failed === 0 ? '' : `, ${failed} cannot be opened`;
    io.stdout.write(`${object}.${field}: ${checked} checked, ${rotated} encrypted anew${rest}\n`);
    for (const { id, reason } of samples) io.stdout.write(`  ${id}: ${reason}\n`);
  }
  if (report.fields.length === 0) io.stdout.write('No object has encrypted fields.\n');
  return exitCode;
}
