/** Records of one object, ready for `engine.insertMany(…, { acceptId: true })`. */
export interface Batch {
  readonly object: string;
  readonly records: Record<string, unknown>[];
}

/** Sample data for the CRM; see `generate.js`. */
export function generate(options?: {
  readonly seed?: string;
  readonly accounts?: number;
  readonly contacts?: number;
}): Generator<Batch, void, undefined>;
