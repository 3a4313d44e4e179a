import { z } from 'zod';
import { admissionKeys, linksTrusted } from '../federation/config.js';

const SERVER = /^ldaps?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?\/?$/;
const LOOPBACK = /^ldap:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/?$/;

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9;.-]*$/, 'the name of an attribute');

/** A directory that is asked by LDAP. */
export const ldapSchema = z
  .strictObject({
    kind: z.literal('ldap'),
    /** How the directory is called on forms. */
    label: z.string().min(1).max(100).optional(),
    /** Whom the directory knows and we don't may come in, and becomes a user. Default: nobody new. */
    signUp: z.boolean().default(false),
    ...admissionKeys,
    /** Servers with the same content; the next one is asked when one cannot be reached. */
    urls: z.array(z.string().regex(SERVER, 'an address like "ldaps://dc.example.com"')).min(1),
    /** Encrypts connections to `ldap://` before anything is said. */
    startTls: z.boolean().default(false),
    /** Lets passwords travel unencrypted to another machine. */
    allowPlain: z.boolean().default(false),
    /** Certificates (PEM) of the authority behind the servers. Default: those of the system. */
    ca: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
    /** Account that searches, and its password. */
    bindDn: z.string().min(1),
    bindPassword: z.string().min(1),
    /** Where people are. */
    base: z.string().min(1),
    /** Who of them may sign in. */
    filter: z
      .string()
      .regex(/^\(.+\)$/s, 'an LDAP filter in parentheses')
      .default('(objectClass=person)'),
    /** Attributes that a user name is compared with. */
    login: z.array(attribute).min(1).default(['uid']),
    attributes: z
      .strictObject({
        /** Names a person for ever; `objectGUID` in an Active Directory. */
        id: attribute.default('entryUUID'),
        email: attribute.default('mail'),
        name: attribute.default('cn'),
        /** Names of groups in the person's own entry, such as `memberOf`. */
        groups: attribute.optional(),
      })
      .prefault({}),
    /** Groups that are entries of their own, with people's names (DNs) in `member`. */
    groups: z
      .strictObject({ base: z.string().min(1), member: attribute.default('member') })
      .optional(),
    /** How long a server may take to answer. */
    timeoutSeconds: z.int().min(1).max(60).default(5),
  })
  .refine(linksTrusted, { path: ['linkByEmail'], error: 'needs "emailDomains"' })
  .refine(({ allowPlain, startTls, urls }) => allowPlain || startTls || urls.every(isPrivate), {
    path: ['urls'],
    error: 'passwords would travel unencrypted: use ldaps://, or "startTls: true"',
  })
  .refine(
    ({ grants, attributes, groups }) =>
      Object.keys(grants).length === 0 || attributes.groups !== undefined || groups !== undefined,
    { path: ['grants'], error: 'need "groups" or "attributes.groups" to know who is in a group' },
  );

/** A directory as it is configured. */
export type LdapConfig = z.output<typeof ldapSchema>;

function isPrivate(url: string): boolean {
  return url.startsWith('ldaps://') || LOOPBACK.test(url);
}
