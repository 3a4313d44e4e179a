import { i18nService } from '@objectos/spec/contracts';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** Flags of `objectos i18n coverage`. */
export interface CoverageOptions extends CommandOptions {
  /** Only this language. */
  readonly locale?: string | undefined;
  /** Per cent below which the command ends with 1. */
  readonly min?: number | undefined;
}

const FEW = 10;

/**
 * `objectos i18n coverage`: how far each language is translated, labels and messages of the metadata
 * included, and what is missing. Exit 1 when one is below `--min`.
 */
export async function i18nCoverage(
  folder: string,
  { locale, min = 0, ...options }: CoverageOptions,
  io: Io,
): Promise<number> {
  const languages = await withApplication(folder, options, io, ({ kernel }) => {
    const i18n = kernel.service(i18nService);
    const others = i18n.locales().filter((one) => one !== i18n.defaultLocale);
    return (locale === undefined ? others : [locale]).map((one) => i18n.coverage(one));
  });
  const reports = languages.map((coverage) => ({ ...coverage, percent: percentOf(coverage) }));
  const enough = reports.every(({ percent }) => percent >= min);
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify({ enough, languages: reports })}\n`);
    return enough ? 0 : 1;
  }
  for (const { locale: language, percent, translated, total, missing } of reports) {
    io.stdout.write(`${language}: ${percent} %, ${translated} of ${total} texts\n`);
    const shown =
      options.verbose === true || locale !== undefined ? missing : missing.slice(0, FEW);
    for (const key of shown) io.stdout.write(`  missing ${key}\n`);
    const more = total - translated - shown.length;
    if (more > 0) io.stdout.write(`  and ${more} more: --locale ${language} shows them\n`);
  }
  if (reports.length === 0) io.stdout.write('There is no language but the default one.\n');
  return enough ? 0 : 1;
}

/** Rounded down: 100 means that nothing is missing. */
function percentOf({ total, translated }: { total: number; translated: number }): number {
  return total === 0 ? 100 : Math.floor((translated / total) * 100);
}
