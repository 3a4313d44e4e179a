import { NOTIFICATION_CHANNELS } from '@objectos/spec/contracts';
import { z } from 'zod';
import { mailgunSchema } from './callbacks/mailgun.js';
import { sendgridSchema } from './callbacks/sendgrid.js';
import { twilioSchema } from './sms/twilio.js';
import { vonageSchema } from './sms/vonage.js';

const texts = z.strictObject({
  subject: z.string().min(1),
  text: z.string().min(1),
  html: z.string().optional(),
  short: z.string().optional(),
  url: z.string().optional(),
});

/** A topic as the configuration and the preview take it. */
export const topicSchema = z.strictObject({
  name: z.string().min(1).max(100),
  label: z.string().min(1).max(200),
  category: z.string().min(1).max(100).optional(),
  channels: z.array(z.enum(NOTIFICATION_CHANNELS)).optional(),
  mandatory: z.boolean().optional(),
  digestMinutes: z
    .int()
    .min(1)
    .max(7 * 1440)
    .optional(),
  templates: z.record(z.string(), texts),
  sample: z.record(z.string(), z.unknown()).optional(),
});

const days = (count: number) =>
  z
    .int()
    .min(0)
    .default(count * 86_400_000);

/** Configuration of the notification plugin. Every key has a default; unknown keys are refused. */
export const notificationConfigSchema = z.strictObject({
  /** Topics of the application, beside those that plugins contribute. */
  topics: z.array(topicSchema).default([]),
  defaultLocale: z.string().min(2).default('en'),
  /** IANA name; for people who chose none. */
  defaultTimeZone: z.string().min(1).default('UTC'),
  /** Sender of mail: `Name <address>` or an address. */
  from: z.string().min(3).default('ObjectOS <no-reply@localhost>'),
  /** Mail servers, `smtps://user:password@host`; each is tried when the one before fails. */
  smtp: z.array(z.url({ protocol: /^smtps?$/ })).default([]),
  /** Folder for mail as files, while there is no mail server. */
  outboxFolder: z.string().min(1).optional(),
  /** Providers of text messages; each is tried when the one before fails. */
  sms: z.array(z.discriminatedUnion('type', [twilioSchema, vonageSchema])).default([]),
  /** Accounts at mail providers that tell what became of mail. */
  mailCallbacks: z.array(z.discriminatedUnion('type', [mailgunSchema, sendgridSchema])).default([]),
  push: z
    .strictObject({
      /** Whom push services may write to: `mailto:` or `https:`. Default: the sender of mail. */
      subject: z
        .string()
        .regex(/^(?:mailto:|https:)/)
        .optional(),
      /** Keys for push (RFC 8292). Else a pair is made and kept in the database. */
      publicKey: z.string().min(1).optional(),
      privateKey: z.string().min(1).optional(),
    })
    .refine(
      ({ publicKey, privateKey }) => (publicKey === undefined) === (privateKey === undefined),
      {
        message: 'the keys come as a pair',
      },
    )
    .prefault({}),
  webhook: z
    .strictObject({
      /** Milliseconds that a receiver may take. */
      timeout: z.int().min(100).max(30_000).default(15_000),
      /** Hours without a delivery that was taken, after which an endpoint is disabled. */
      disableAfterHours: z.int().min(1).max(1_000).default(72),
    })
    .prefault({}),
  /** Field of the user's record with the phone number, in the form "+4930123456". */
  phoneField: z.string().min(1).max(64).default('phone'),
  /** Origin under which people reach the application, such as `https://crm.example.com`. */
  origin: z.url({ protocol: /^https?$/ }).optional(),
  /** Encrypts what must be read back and signs links. Else one is made and kept in the database. */
  secret: z.string().optional(),
  /** Milliseconds that ended deliveries (with what was emitted) and items of inboxes are kept. */
  retention: z
    .strictObject({
      /** Sent, skipped, suppressed, or part of a collection. */
      ended: days(90),
      /** Given up: as long as that they can be replayed from the failure inbox. */
      failed: days(90),
      inbox: days(90),
    })
    .prefault({}),
});

/** The plugin's configuration, defaults filled in. */
export type NotificationConfig = z.output<typeof notificationConfigSchema>;
