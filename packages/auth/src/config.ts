import { z } from 'zod';
import { providersSchema } from './providers/config.js';

const minutes = z.int().min(1);

const ORIGIN = z
  .string()
  .regex(/^https?:\/\/[^/\s*]+$/, 'an origin like "https://crm.example.com"');

/** Configuration of the auth plugin. Every key has a default; unknown keys are refused. */
export const authConfigSchema = z.strictObject({
  /** Signs cookies and encrypts what must be read back. At least 32 random characters. */
  secret: z.string().optional(),
  /** Refuse to start without `secret`, instead of making one and keeping it in `dataFolder`. */
  requireSecret: z.boolean().default(true),
  /** Folder for the generated secret and for mail while no mail service is loaded. */
  dataFolder: z.string().min(1).optional(),
  /** Origins of pages, beside the server's own, that may sign in and be gone on to. */
  trustedOrigins: z.array(ORIGIN).default([]),
  /** Who may make an account: anybody, or only whom an administrator adds. */
  signUp: z.enum(['open', 'closed']).default('closed'),
  /**
   * Whether everybody who is signed in sees name and picture of the people they work with: the
   * members of the organization; without one, those who are in none, unless `signUp` is open.
   */
  colleagues: z.enum(['visible', 'hidden']).default('visible'),
  /** An address must be verified before its password works. */
  verifyEmail: z.boolean().default(true),
  /** Identity providers, by the id under which clients name them. */
  providers: providersSchema.default({}),
  password: z
    .strictObject({
      minLength: z.int().min(8).max(64).default(10),
      maxLength: z.int().min(64).max(512).default(256),
      /** Refuse passwords of the list of the 49,000 most common ones. */
      refuseCommon: z.boolean().default(true),
    })
    .prefault({}),
  session: z
    .strictObject({
      /** How long a session lasts without a visit. */
      days: z.int().min(1).max(365).default(7),
      /** A visit makes it last longer, at most once in this time. */
      refreshHours: z.int().min(1).default(24),
    })
    .prefault({}),
  lockout: z
    .strictObject({
      /** Failures from one address at one account before it must wait. Thrice that from anywhere. */
      attempts: z.int().min(1).max(100).default(5),
      /** The first wait; each further failure doubles it. */
      seconds: z.int().min(1).default(30),
      /** The longest wait, and how long failures are remembered. */
      maxMinutes: minutes.default(60),
    })
    .prefault({}),
});

/** The configuration of the auth plugin, defaults filled in. */
export type AuthConfig = z.output<typeof authConfigSchema>;
