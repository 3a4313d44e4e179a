import { createError } from '@objectos/spec/errors';

/** What a client prefers about a write (RFC 7240). Preferences that we do not know are ignored, as it asks. */
export interface WritePreferences {
  /** Run the write, tell what it would do, and undo it. */
  readonly dryRun: boolean;
  /** `If-Match` names the revision that the change was made on; later changes of others are kept. */
  readonly merge: boolean;
  /** Answer at once, and tell where to look how far it is. */
  readonly async: boolean;
}

const NOTHING: WritePreferences = { dryRun: false, merge: false, async: false };

/** Reads `Prefer`. @throws `header_invalid` for a preference of ours with a value */
export function readPreferences(prefer: string | string[] | undefined): WritePreferences {
  if (prefer === undefined) return NOTHING;
  const names = new Set(
    [prefer]
      .flat()
      .flatMap((line) => line.split(','))
      .map(nameOf),
  );
  return {
    dryRun: names.has('dry-run'),
    merge: names.has('merge'),
    async: names.has('respond-async'),
  };
}

function nameOf(preference: string): string {
  const [token = ''] = preference.split(';');
  const [name = '', value] = token.split('=').map((part) => part.trim());
  const lower = name.toLowerCase();
  if (value !== undefined && (lower === 'dry-run' || lower === 'merge')) {
    throw createError('header_invalid', { header: 'Prefer', reason: `"${lower}" takes no value` });
  }
  return lower;
}
