import { inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import type { SigningKey } from './certificate.js';

/** What an answer says. Everything can be made to say something else. */
export interface AnswerParts {
  readonly acs: string;
  readonly audience: string;
  readonly issuer: string;
  /** Empty: nobody asked. */
  readonly request: string;
  readonly nameId: string;
  readonly nameFormat: string;
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
  readonly assertionId: string;
  readonly method: string;
  /** Seconds from now. */
  readonly from: number;
  readonly until: number;
}

/** What a sign-in asks for. */
export interface AuthnRequest {
  readonly id: string;
  readonly acs: string;
  readonly issuer: string;
}

let made = 0;

/** Reads the request in the address that a browser is sent to. */
export function readRequest(url: string): AuthnRequest {
  const field = new URL(url).searchParams.get('SAMLRequest') ?? '';
  const xml = inflateRawSync(Buffer.from(field, 'base64')).toString();
  const find = (pattern: RegExp) => pattern.exec(xml)?.[1] ?? '';
  return {
    id: find(/ ID="([^"]+)"/),
    acs: find(/AssertionConsumerServiceURL="([^"]+)"/),
    issuer: find(/Issuer[^>]*>([^<]+)</),
  };
}

/** An answer to a request, not signed yet. */
export function answerTo(
  { id: request, acs, issuer: audience }: AuthnRequest,
  more: Partial<AnswerParts> = {},
): AnswerParts {
  made += 1;
  return {
    acs,
    audience,
    request,
    issuer: 'https://idp.example',
    nameId: 'ada',
    nameFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    attributes: { email: 'ada@corp.example', name: 'Ada' },
    assertionId: `_assertion${made}`,
    method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
    from: -5,
    until: 60,
    ...more,
  };
}

const NAMES =
  'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

/** The XML of an answer. */
export function responseXml(parts: AnswerParts): string {
  const inResponseTo = parts.request === '' ? '' : ` InResponseTo="${parts.request}"`;
  return (
    `<samlp:Response ${NAMES} ID="_response${made}" Version="2.0" IssueInstant="${at(0)}" Destination="${parts.acs}"${inResponseTo}>` +
    `<saml:Issuer>${parts.issuer}</saml:Issuer>` +
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>' +
    `${assertionXml(parts)}</samlp:Response>`
  );
}

/** The XML of an assertion alone. */
export function assertionXml(parts: AnswerParts): string {
  const inResponseTo = parts.request === '' ? '' : ` InResponseTo="${parts.request}"`;
  const attributes = Object.entries(parts.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${[values]
        .flat()
        .map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`)
        .join('')}</saml:Attribute>`,
  );
  return (
    `<saml:Assertion ${NAMES.split(' ')[1] ?? ''} ID="${parts.assertionId}" Version="2.0" IssueInstant="${at(0)}">` +
    `<saml:Issuer>${parts.issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${parts.nameFormat}">${parts.nameId}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="${parts.method}"><saml:SubjectConfirmationData NotOnOrAfter="${at(parts.until)}" Recipient="${parts.acs}"${inResponseTo}/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(parts.from)}" NotOnOrAfter="${at(parts.until)}"><saml:AudienceRestriction><saml:Audience>${parts.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(0)}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion>`
  );
}

/** How something is signed. */
export interface SigningOptions {
  readonly over?: 'Assertion' | 'Response';
  readonly algorithm?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly canonicalization?: string;
  readonly withCertificate?: boolean;
}

const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Signs an assertion or a whole response, as a provider does. */
export function signed(xml: string, key: SigningKey, options: SigningOptions = {}): string {
  const { over = 'Assertion', withCertificate = true } = options;
  const place = `//*[local-name(.)='${over}']`;
  const signer = new SignedXml({
    privateKey: key.privateKey,
    ...(withCertificate ? { publicCert: key.certificate } : {}),
    signatureAlgorithm: options.algorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: options.canonicalization ?? EXCLUSIVE,
  });
  if (options.algorithm?.endsWith('hmac-sha1') === true) signer.enableHMAC();
  signer.addReference({
    xpath: place,
    transforms: options.transforms ?? [ENVELOPED, EXCLUSIVE],
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${place}/*[local-name(.)='Issuer']`, action: 'after' },
  });
  return signer.getSignedXml();
}

/** Seconds from now as XML writes a time. */
export function at(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
