import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { admissionKeys, linksTrusted } from '../federation/config.js';

const SITE =
  /^https:\/\/[^\s"<>]+$|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/[^\s"<>]*)?$/;
const MIN_RSA_BITS = 2048;

/** A SAML 2.0 identity provider. */
export const samlSchema = z
  .strictObject({
    kind: z.literal('saml'),
    /** How the provider is called on buttons. */
    label: z.string().min(1).max(100).optional(),
    /** Whom the provider knows and we don't may come in, and becomes a user. Default: nobody new. */
    signUp: z.boolean().default(false),
    ...admissionKeys,
    /** The provider's own name (`entityID`). */
    entityId: z.string().min(1).max(1024),
    /** Where people are sent to sign in: its HTTP-Redirect address. */
    signInUrl: z.string().regex(SITE, 'an https address'),
    /** Certificates (PEM) of the keys it signs with; two while it changes from one to the other. */
    certificates: z
      .array(
        z
          .string()
          .refine(isStrongCertificate, 'a PEM certificate with an RSA key of 2048 bits or more'),
      )
      .min(1)
      .max(5),
    attributes: z
      .strictObject({
        /** Names a person for ever. Default: the `NameID` of the subject. */
        id: z.string().min(1).optional(),
        email: z.string().min(1).default('email'),
        name: z.string().min(1).default('name'),
        groups: z.string().min(1).optional(),
      })
      .prefault({}),
    /** Takes people whom the provider sends without having been asked. */
    idpInitiated: z.boolean().default(false),
    /** How far the clocks may be apart. */
    skewSeconds: z.int().min(0).max(300).default(60),
  })
  .refine(linksTrusted, { path: ['linkByEmail'], error: 'needs "emailDomains"' })
  .refine(
    ({ grants, attributes }) => Object.keys(grants).length === 0 || attributes.groups !== undefined,
    { path: ['grants'], error: 'need "attributes.groups" to know who is in a group' },
  );

/** A SAML provider as it is configured. */
export type SamlConfig = z.output<typeof samlSchema>;

function isStrongCertificate(text: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = new X509Certificate(text).publicKey;
    return (
      asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS
    );
  } catch {
    return false;
  }
}
