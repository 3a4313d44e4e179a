import { createError } from '@objectos/spec/errors';
import { expect, it } from 'vitest';
import { writeFailure } from '../src/output/failure.js';

it('tells what is wrong with the first of rows that failed together', () => {
  let err = '';
  const io = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (err += text) },
    environment: {},
  };
  const results = [
    { index: 4, code: 'x', message: 'It has no name.', hint: 'Give it one.' },
    { index: 5, code: 'y', message: 'Another.', hint: 'Other.' },
  ];
  const error = createError(
    'batch_partial_failure',
    { succeeded: 1, failed: 2 },
    { details: { results } },
  );
  const boot = createError(
    'plugin_failed',
    { plugin: 'p', phase: 'start', reason: 'r' },
    { cause: error },
  );
  writeFailure(io as never, boot, { json: false, verbose: false });
  expect(err).toBe(
    '2 of 3 items failed; nothing was written. Number 5: It has no name.\n  Give it one.\n',
  );
});
