/** An error of the server. */
export class ServerFailure extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
    readonly labels: readonly string[] = [],
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

const TRANSIENT = ['TransientTransactionError'];

export const writeConflict = () =>
  new ServerFailure(
    112,
    'WriteConflict',
    'WriteConflict error: this operation conflicted',
    TRANSIENT,
  );
export const noTransaction = () =>
  new ServerFailure(251, 'NoSuchTransaction', 'Transaction has been aborted', TRANSIENT);

/** A value that a unique index has already. */
export function duplicateKey(namespace: string, index: string, keyPattern: object): ServerFailure {
  const message = `E11000 duplicate key error collection: ${namespace} index: ${index} dup key: { … }`;
  return new ServerFailure(11_000, 'DuplicateKey', message, [], { keyPattern });
}
