import { z } from 'zod';

const bytes = z.int().min(1024);
const milliseconds = z.int().min(1);
const count = z.int().min(1);

/**
 * Every limit of the HTTP surface. Each is enforced on all routes, answered with a 4xx code of the
 * catalogue (or a closed connection), and has a test of its own.
 */
export const limitsSchema = z.strictObject({
  /** Bytes of a request body; `body_too_large`. */
  bodyBytes: bytes.default(1024 * 1024),
  /** Levels of objects and arrays in a JSON body; `limit_exceeded`. */
  jsonDepth: count.default(64),
  /** Characters of the URL, query string included; `url_too_long`. */
  urlLength: z
    .int()
    .min(256)
    .default(8 * 1024),
  /** Bytes of all request headers, request line included; `headers_too_large`. */
  headerBytes: bytes.default(16 * 1024),
  /** Characters of one part of a path, such as an id; `url_too_long`. */
  pathPartLength: z.int().min(64).default(256),
  /** Items of one `/batch` request; `limit_exceeded`. */
  batchItems: count.default(200),
  /** Records of one `createMany`, `updateMany` or `deleteMany`; `limit_exceeded`. */
  bulkRecords: count.default(1000),
  /** Records that `updateMany`, `deleteMany` or `emptyTrash` with a filter may match; `limit_exceeded`. */
  matchedRecords: count.max(10_000).default(10_000),
  /** Bytes of a file to import; `body_too_large`. It is written to a temporary file first. */
  importBytes: bytes.default(100 * 1024 * 1024),
  /** How long an export or import may work; `deadline_exceeded`. */
  transferMs: milliseconds.default(10 * 60_000),
  /** How long a request may work before it is given up; `deadline_exceeded`. */
  deadlineMs: milliseconds.default(30_000),
  /** How long the headers of a request may take to arrive; `request_timeout`. */
  headersTimeoutMs: milliseconds.default(15_000),
  /** How long a whole request may take to arrive; `request_timeout`. */
  requestTimeoutMs: milliseconds.default(30_000),
  /** How long an idle kept-alive connection stays open. */
  keepAliveTimeoutMs: milliseconds.default(72_000),
  /** How long a connection may be silent in the middle of a request or response. */
  socketTimeoutMs: milliseconds.default(60_000),
  /** Open connections; more are closed at once. */
  connections: count.default(2048),
  /**
   * How long a server that begins to stop still takes requests after `/readyz` says 503, so that a
   * proxy has seen it. Together with `stopMs` less than half of what the whole stop may take (30 s).
   */
  drainMs: z.int().min(0).max(14_000).default(0),
  /** How long requests under way may take to finish when the server stops. Less than what the kernel gives a plugin to stop (10 s unless configured). */
  stopMs: milliseconds.default(9_000),
});

/** The limits in force. */
export type Limits = z.infer<typeof limitsSchema>;
