import { SAML, ValidateInResponseTo, type SamlConfig as Settings } from '@node-saml/node-saml';
import type { Finding } from '../federation/identity.js';
import { readAssertion, type Assertion } from './assertion.js';
import type { SamlConfig } from './config.js';
import {
  ASSERTION,
  attributeOf,
  childrenNamed,
  decodeAnswer,
  onlyChild,
  parsePlain,
  PROTOCOL,
  textOf,
} from './document.js';
import { acsPath, metadataPath } from './paths.js';
import { demand, SamlRefusal } from './refusal.js';
import { checkShape } from './shape.js';

/** One provider, and where we are. */
export interface Relation {
  readonly provider: string;
  readonly config: SamlConfig;
  /** Origin of the installation. */
  readonly origin: string;
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const MAX_SUBJECT = 255;

/** Our own name towards a provider. One for each, so what one says is worth nothing as another's. */
function entityIdOf({ origin, provider }: Relation): string {
  return origin + metadataPath(provider);
}

/** The description of us that a provider's administrator reads in. */
export function metadataOf(relation: Relation): string {
  return library(relation).generateServiceProviderMetadata(null, null);
}

/** The address by which a browser asks the provider who it is. */
export function requestUrl(relation: Relation, requestId: string): Promise<string> {
  const saml = library(relation, { generateUniqueId: () => requestId });
  return saml.getAuthorizeUrlAsync('', undefined, {});
}

/** The request that an answer claims to be for, as it is written: nothing is checked. */
export function claimedRequest(field: string): string | undefined {
  try {
    return attributeOf(parsePlain(decodeAnswer(field)), 'InResponseTo');
  } catch (error) {
    if (error instanceof SamlRefusal) return undefined;
    throw error;
  }
}

/**
 * What an answer says, once its shape, its signature and everything in it is in order.
 *
 * @throws {@link SamlRefusal}
 */
export async function readAnswer(
  relation: Relation,
  field: string,
  now: number,
): Promise<Assertion> {
  const { config, origin, provider } = relation;
  const recipient = origin + acsPath(provider);
  const root = parsePlain(decodeAnswer(field));
  checkResponse(root, { recipient, issuer: config.entityId });
  checkShape(root);
  const assertion = readAssertion(await verified(relation, field), {
    issuer: config.entityId,
    audience: entityIdOf(relation),
    recipient,
    skewMs: config.skewSeconds * 1000,
    now,
  });
  const answers = attributeOf(root, 'InResponseTo');
  demand(answers === assertion.inResponseTo, 'it answers another request than it says');
  return assertion;
}

/** Who an assertion is about. */
export function identityOf({ provider, config }: Relation, assertion: Assertion): Finding {
  const names = config.attributes;
  const values = (name: string | undefined) =>
    name === undefined ? [] : (assertion.attributes.get(name) ?? []);
  const lasting = assertion.isLasting ? assertion.nameId : '';
  const subject = names.id === undefined ? lasting : (values(names.id)[0] ?? '');
  const isUsable = subject !== '' && subject.length <= MAX_SUBJECT;
  if (!isUsable) return { missing: names.id ?? 'NameID that lasts' };
  const [email] = values(names.email);
  if (email === undefined) return { missing: names.email };
  const name = values(names.name)[0] ?? email;
  return { provider, subject, email, name, groups: values(names.groups) };
}

function checkResponse(
  root: Element,
  { recipient, issuer }: { readonly recipient: string; readonly issuer: string },
): void {
  for (const status of childrenNamed(root, PROTOCOL, 'Status')) {
    const code = attributeOf(onlyChild(status, PROTOCOL, 'StatusCode'), 'Value');
    demand(code === SUCCESS, 'it says that nobody signed in');
  }
  const destination = attributeOf(root, 'Destination') ?? recipient;
  demand(destination === recipient, 'it was to be sent elsewhere');
  for (const one of childrenNamed(root, ASSERTION, 'Issuer')) {
    demand(textOf(one) === issuer, 'somebody else sent it');
  }
}

/** The bytes of the assertion that one of the provider's keys signed. */
async function verified(relation: Relation, field: string): Promise<string> {
  try {
    const container = { SAMLResponse: field.replace(/[\r\n\t ]/g, '') };
    const { profile } = await library(relation).validatePostResponseAsync(container);
    const xml = profile?.getAssertionXml?.();
    demand(xml !== undefined, 'it has no assertion');
    return xml;
  } catch (error) {
    if (error instanceof SamlRefusal) throw error;
    throw new SamlRefusal('its signature or its content is not valid', { cause: error });
  }
}

function library(relation: Relation, more: Partial<Settings> = {}): SAML {
  const { config, origin, provider } = relation;
  return new SAML({
    callbackUrl: origin + acsPath(provider),
    entryPoint: config.signInUrl,
    issuer: entityIdOf(relation),
    idpCert: config.certificates,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    // What the assertion says is held against our own expectations, on the bytes that were signed.
    audience: false,
    acceptedClockSkewMs: -1,
    // Requests are kept and used up in the database, where all nodes see them.
    validateInResponseTo: ValidateInResponseTo.never,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    ...more,
  });
}
