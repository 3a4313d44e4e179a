import { auditService } from '@objectos/spec/contracts';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** `objectos audit verify`: checks the chains of the audit log; exit 1 when one is broken. */
export async function auditVerify(
  folder: string,
  options: CommandOptions,
  io: Io,
): Promise<number> {
  const chains = await withApplication(folder, options, io, ({ kernel }) =>
    kernel.service(auditService).verify(),
  );
  const broken = chains.filter(({ valid }) => !valid);
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({ valid: broken.length === 0, chains })}\n`);
    return broken.length === 0 ? 0 : 1;
  }
  for (const { tenantId, entries, broken: place } of chains) {
    const name = tenantId ?? 'the platform';
    const found =
      place === undefined ? 'valid' : `BROKEN at entry ${place.sequence}: ${place.reason}`;
    io.stdout.write(`${name}: ${entries} entries, ${found}\n`);
  }
  if (chains.length === 0) io.stdout.write('The audit log is empty.\n');
  return broken.length === 0 ? 0 : 1;
}
