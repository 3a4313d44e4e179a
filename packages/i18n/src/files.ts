import type { MessageBundle, MessageTree } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads a file of messages; its name is its language: `de.yml`, `pt-BR.json`.
 *
 * @throws `i18n_bundle_invalid`
 */
export async function readBundle(file: string): Promise<MessageBundle> {
  const refuse = (reason: string, cause?: unknown) =>
    createError('i18n_bundle_invalid', { source: file, reason }, { cause });
  const extension = path.extname(file);
  if (!/^\.(?:ya?ml|json)$/.test(extension)) throw refuse('it is neither YAML nor JSON');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw refuse('it cannot be opened', cause);
  }
  if (text.length > MAX_BYTES) throw refuse('it is larger than 4 MiB');
  try {
    // JSON is YAML; one parser gives one message about the place. No alias may multiply.
    const messages = parse(text, { maxAliasCount: 0, uniqueKeys: true }) as MessageTree;
    return { locale: path.basename(file, extension), messages };
  } catch (cause) {
    throw refuse(cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '', cause);
  }
}
