/** What a command talks to; tests pass their own. */
export interface Io {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends a running server; absent: the signals of the process do. */
  readonly signal?: AbortSignal | undefined;
}

/** The process itself. */
export function processIo(): Io {
  return { stdout: process.stdout, stderr: process.stderr, environment: process.env };
}
