/** What rows are grouped by: the value of a column, or the span of time that it lies in. */
export type GroupKey = string | TimeBucket;

/** Spans of time that date and datetime columns can be grouped by. Weeks begin on Monday. */
export const BUCKET_UNITS = ['day', 'week', 'month', 'quarter', 'year'] as const;

/** One of {@link BUCKET_UNITS}. */
export type BucketUnit = (typeof BUCKET_UNITS)[number];

/**
 * Groups by the first day (`2026-01-31`) of the span that a value lies in. An instant lies in the
 * span of its local date in `timeZone`; a date has no zone and ignores it.
 */
export interface TimeBucket {
  readonly column: string;
  readonly unit: BucketUnit;
  /** IANA name. Default `UTC`. */
  readonly timeZone?: string | undefined;
  /** Name in the rows of the answer. */
  readonly alias: string;
}
