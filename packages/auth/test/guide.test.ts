import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { authConfigSchema } from '../src/config.js';
import { createSigningKey } from './support/certificate.js';

const { certificate } = createSigningKey();

/** Certificates are too long for a page. */
function filled(block: string): string {
  return block
    .replace(/certificates:\n +- '…'/, `certificates: [${JSON.stringify(certificate)}]`)
    .replaceAll('…', 'x');
}

const guide = path.join(import.meta.dirname, '../../../docs/guide/sign-in.md');

it('the configurations of the guide are valid', async () => {
  const text = await readFile(guide, 'utf8');
  const blocks = [...text.matchAll(/```yml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const kinds = new Set<string>();
  for (const block of blocks) {
    const { pluginConfig } = parse(filled(block)) as {
      pluginConfig: Record<string, unknown>;
    };
    const { providers } = authConfigSchema.parse(pluginConfig['@objectos/auth']);
    for (const { kind } of Object.values(providers)) kinds.add(kind);
  }
  expect([...kinds]).toEqual(expect.arrayContaining(['oidc', 'google', 'ldap', 'saml']));
});
