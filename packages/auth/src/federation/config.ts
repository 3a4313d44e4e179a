import { z } from 'zod';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const DOMAIN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/** What belonging to one group of a provider gives here. */
const grantSchema = z.strictObject({
  /** Roles, which permission sets are given to. */
  roles: z.array(z.string().regex(NAME, 'the name of a role')).default([]),
  /** Roles in organizations, by the organization's short name. */
  organizations: z.record(z.string().min(1), z.enum(['owner', 'admin', 'member'])).default({}),
});

/** Whom a directory or a SAML provider may bring in, and what they have here. */
export const admissionKeys = {
  /** Mail domains that the provider answers for: addresses in them count as verified. */
  emailDomains: z.array(z.string().regex(DOMAIN, 'a domain like "example.com"')).default([]),
  /** Joins who comes to the user who has the same verified address, in `emailDomains` only. */
  linkByEmail: z.boolean().default(false),
  /** What groups give. Everything that is named here follows the provider at each sign-in. */
  grants: z.record(z.string().min(1), grantSchema).default({}),
};

/** {@link admissionKeys} as they are configured, and whether whom we don't know becomes a user. */
export interface AdmissionRules {
  readonly signUp: boolean;
  readonly emailDomains: readonly string[];
  readonly linkByEmail: boolean;
  readonly grants: Readonly<Record<string, z.output<typeof grantSchema>>>;
}

/** True unless addresses would be joined that nobody answers for. */
export function linksTrusted({ linkByEmail, emailDomains }: AdmissionRules): boolean {
  return !linkByEmail || emailDomains.length > 0;
}
