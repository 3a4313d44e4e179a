import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSnapshot, formatProblems, parseSource } from '../src/index.js';
import { readSources } from '../src/node/index.js';

const examples = path.resolve(import.meta.dirname, '../../../examples');

describe.each(['crm', 'minimal', 'plan'])('examples/%s', (name) => {
  it('loads without a problem', async () => {
    const files = await readSources('**/*.{yml,yaml}', { cwd: path.join(examples, name) });
    const sources = files
      // The configuration, and the access cases of `objectos test:access`, are no metadata.
      .filter((file) => !/^(?:objectos\.config|access\/)/.test(file.file))
      .map(parseSource);
    const { problems, snapshot } = buildSnapshot([{ name: 'app', sources }]);
    expect(formatProblems(problems)).toBe('');
    expect(snapshot?.objects.size).toBeGreaterThan(0);
  });
});
