import { stopAndCheck } from '@objectos/testing';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from './support/certificate.js';
import type { Answer } from './support/client.js';
import {
  answerTo,
  assertionXml,
  at,
  readRequest,
  responseXml,
  signed,
  type AnswerParts,
  type AuthnRequest,
} from './support/saml-provider.js';
import { startAuthServer, type AuthServer } from './support/server.js';

const start = '/api/auth/sign-in/saml';
const key = createSigningKey();
const foreign = createSigningKey();
let server: AuthServer;

beforeAll(async () => {
  const corp = {
    kind: 'saml',
    entityId: 'https://idp.example',
    signInUrl: 'https://idp.example/sso',
    certificates: [key.certificate],
    signUp: true,
  };
  const config = { lockout: { attempts: 100 }, providers: { corp } };
  server = await startAuthServer({ stopAfterTest: false, config });
});
afterAll(() => stopAndCheck(server.kernel));

type Forge = (request: AuthnRequest) => string;

/** Brings an answer to a sign-in that waits for one. */
async function bring(forge: Forge, encode = base64): Promise<Answer> {
  const visitor = server.visitor();
  const { body } = await visitor.post(start, { provider: 'corp', callbackURL: '/done' });
  const form = new URLSearchParams({
    SAMLResponse: encode(forge(readRequest(body.url as string))),
  });
  const arrived = await visitor.post(`${start}/acs/corp`, form.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'https://idp.example',
  });
  const next = arrived.headers.get('location');
  const answer = next === null ? arrived : await visitor.get(next);
  const isIn = (await visitor.get('/api/who-am-i')).status === 200;
  expect(isIn).toBe(answer.headers.get('location') === '/done');
  return answer;
}

function base64(xml: string): string {
  return Buffer.from(xml).toString('base64');
}

/** A good answer, changed before it was signed. */
const said =
  (change: (xml: string) => string, more: Partial<AnswerParts> = {}): Forge =>
  (request) =>
    signed(change(responseXml(answerTo(request, more))), key);

/** A good answer, changed afterwards. */
const changed =
  (change: (xml: string, request: AuthnRequest) => string): Forge =>
  (request) =>
    change(signed(responseXml(answerTo(request)), key), request);

const same = (xml: string) => xml;
const good = said(same);

/** The assertion of somebody else, as an attacker would like to be. */
const evil = (request: AuthnRequest, id = '_evil') =>
  assertionXml(answerTo(request, { nameId: 'admin', assertionId: id }));
const assertionIn = (xml: string) =>
  /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? '';
const signatureIn = (xml: string) => /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? '';
const idIn = (xml: string) => / ID="(_assertion\d+)"/.exec(xml)?.[1] ?? '';

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const SHAPE = 'it has not exactly one assertion';
const PLAIN = 'it has a document type, a comment or an instruction';

it('a good answer is accepted, signed in one place or in both', async () => {
  expect((await bring(good)).headers.get('location')).toBe('/done');
  const both: Forge = (request) =>
    signed(signed(responseXml(answerTo(request)), key), key, { over: 'Response' });
  expect((await bring(both)).headers.get('location')).toBe('/done');
  const folded = (xml: string) => base64(xml).replace(/.{76}/g, '$&\r\n');
  expect((await bring(good, folded)).headers.get('location')).toBe('/done');
});

const unsigned: Record<string, [Forge, string]> = {
  'without a signature': [
    (request) => responseXml(answerTo(request)),
    'the assertion is not signed',
  ],
  'of which only the response is signed': [
    (request) => signed(responseXml(answerTo(request)), key, { over: 'Response' }),
    'the assertion is not signed',
  ],
  'signed by a key that it brings along': [
    (request) => signed(responseXml(answerTo(request)), foreign),
    'its signature or its content is not valid',
  ],
  'with another name': [
    changed((xml) => xml.replace('>ada<', '>admin<')),
    'its signature or its content is not valid',
  ],
  'with another value': [
    changed((xml) => xml.replace('>ada@corp.example<', '>boss@corp.example<')),
    'its signature or its content is not valid',
  ],
  'with an empty signature value': [
    changed((xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/, '$1')),
    'its signature or its content is not valid',
  ],
  'with the signature of another answer': [
    changed((xml, request) => {
      const other = signed(responseXml(answerTo(request, { nameId: 'eve' })), key);
      return xml.replace(signatureIn(xml), signatureIn(other).replace(idIn(other), idIn(xml)));
    }),
    'its signature or its content is not valid',
  ],
};

const weak: Record<string, [Forge, string]> = Object.fromEntries(
  (
    [
      ['RSA with SHA-1', { algorithm: `${XMLDSIG}rsa-sha1` }],
      ['a digest of SHA-1', { digest: `${XMLDSIG}sha1` }],
      [
        'inclusive canonicalization',
        { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' },
      ],
      [
        'canonicalization that keeps comments',
        {
          transforms: [
            `${XMLDSIG}enveloped-signature`,
            'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
          ],
        },
      ],
      ['no canonicalization', { transforms: [`${XMLDSIG}enveloped-signature`] }],
    ] as const
  ).map(([name, options]) => [
    `signed with ${name}`,
    [
      (request: AuthnRequest) => signed(responseXml(answerTo(request)), key, options),
      'a signature is ',
    ],
  ]),
);

const wrapped: Record<string, [Forge, string]> = {
  'with an assertion before the signed one': [
    changed((xml, request) => xml.replace('<saml:Assertion', `${evil(request)}<saml:Assertion`)),
    SHAPE,
  ],
  'with an assertion behind the signed one': [
    changed((xml, request) =>
      xml.replace('</samlp:Response>', `${evil(request)}</samlp:Response>`),
    ),
    SHAPE,
  ],
  'whose signed assertion was moved into extensions': [
    changed((xml, request) =>
      xml.replace(
        assertionIn(xml),
        `<samlp:Extensions>${assertionIn(xml)}</samlp:Extensions>${evil(request)}`,
      ),
    ),
    SHAPE,
  ],
  'whose signed assertion hides in a signature': [
    changed((xml, request) => {
      const hidden = signatureIn(xml).replace(
        '</ds:Signature>',
        `<ds:Object>${assertionIn(xml)}</ds:Object></ds:Signature>`,
      );
      const forged = evil(request).replace('</saml:Issuer>', `</saml:Issuer>${hidden}`);
      return xml.replace(assertionIn(xml), forged);
    }),
    SHAPE,
  ],
  'whose signed assertion lies in an assertion': [
    changed((xml, request) =>
      xml.replace(
        assertionIn(xml),
        evil(request).replace(
          '</saml:Assertion>',
          `<saml:Advice>${assertionIn(xml)}</saml:Advice></saml:Assertion>`,
        ),
      ),
    ),
    SHAPE,
  ],
  'whose assertion has the id of the signed one': [
    changed((xml, request) =>
      xml.replace('<saml:Assertion', `${evil(request, idIn(xml))}<saml:Assertion`),
    ),
    SHAPE,
  ],
  'whose signed assertion is called otherwise': [
    changed((xml, request) =>
      xml.replace(
        assertionIn(xml),
        evil(request, idIn(xml)).replace('</saml:Issuer>', `</saml:Issuer>${signatureIn(xml)}`) +
          assertionIn(xml).replaceAll('saml:Assertion', 'saml:Other'),
      ),
    ),
    'an id stands in it twice',
  ],
  'that lies in another response': [
    changed(
      (xml, request) =>
        `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_outer" Version="2.0">${evil(request)}<samlp:Extensions>${xml}</samlp:Extensions></samlp:Response>`,
    ),
    SHAPE,
  ],
  'with a second signature that hides an assertion': [
    changed((xml, request) => {
      const signature = signatureIn(xml);
      const decoy = signature.replace(
        '</ds:Signature>',
        `<ds:Object>${evil(request)}</ds:Object></ds:Signature>`,
      );
      return xml.replace(signature, signature + decoy);
    }),
    SHAPE,
  ],
  'with two signatures in one place': [
    changed((xml) => xml.replace(signatureIn(xml), signatureIn(xml) + signatureIn(xml))),
    'it has too many signatures',
  ],
  'whose signature stands elsewhere': [
    changed((xml) => {
      const signature = signatureIn(xml);
      return xml.replace(signature, '').replace('<saml:Subject>', `<saml:Subject>${signature}`);
    }),
    'a signature stands where none belongs',
  ],
  'whose signature is over the response, not over what it stands in': [
    changed((xml) =>
      xml.replace(/URI="#_assertion\d+"/, `URI="#${/ ID="(_response\d+)"/.exec(xml)?.[1] ?? ''}"`),
    ),
    'a signature is not over what it stands in',
  ],
  'whose signature is over everything': [
    changed((xml) => xml.replace(/URI="#_assertion\d+"/, 'URI=""')),
    'a signature is not over what it stands in',
  ],
  'with two references': [
    changed((xml) => xml.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, '$&$&')),
    'it has not exactly one Reference',
  ],
  'with two heads of a signature': [
    changed((xml) => xml.replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, '$&$&')),
    'it has not exactly one SignedInfo',
  ],
  'with an assertion of another namespace': [
    said((xml) => xml.replace('<samlp:Status>', '<x:assertion xmlns:x="x"/><samlp:Status>')),
    SHAPE,
  ],
  'that is encrypted': [
    changed((xml) =>
      xml.replace('</samlp:Response>', '<saml:EncryptedAssertion/></samlp:Response>'),
    ),
    SHAPE,
  ],
};

const odd: Record<string, [Forge, string]> = {
  'with a comment in the name': [said((xml) => xml.replace('>ada<', '>admin<!---->.ada<')), PLAIN],
  'with a comment added afterwards': [
    changed((xml) => xml.replace('>ada<', '>a<!-- -->da<')),
    PLAIN,
  ],
  'with a comment in a digest': [
    changed((xml) => xml.replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->')),
    PLAIN,
  ],
  'with an instruction in the name': [said((xml) => xml.replace('>ada<', '>a<?x y?>da<')), PLAIN],
  'with a section of character data': [
    said((xml) => xml.replace('>ada<', '><![CDATA[ada]]><')),
    PLAIN,
  ],
  'with a document type': [changed((xml) => `<!DOCTYPE Response>${xml}`), PLAIN],
  'with entities': [
    changed(
      (xml) =>
        `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "admin">]>${xml.replace('>ada<', '>&a;<')}`,
    ),
    PLAIN,
  ],
  'with a file of the server': [
    changed((xml) => `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml}`),
    PLAIN,
  ],
  'with an unknown entity': [changed((xml) => xml.replace('>ada<', '>&a;<')), 'it is no XML'],
  'with an element in the name': [
    said((xml) => xml.replace('>ada<', '><saml:x>admin</saml:x>ada<')),
    'there is more than text in NameID',
  ],
  'with two names': [
    said((xml) => xml.replace('<saml:NameID', '<saml:NameID>admin</saml:NameID><saml:NameID')),
    'it has not exactly one NameID',
  ],
  'that is cut off': [changed((xml) => xml.slice(0, -10)), 'it is no XML'],
  'that is no XML': [() => 'hello', 'it is no XML'],
  'that is a request': [
    changed((xml) => xml.replaceAll('samlp:Response', 'samlp:AuthnRequest')),
    'it is no response',
  ],
};

const saying: Record<string, [Forge, string]> = {
  'for somebody else': [
    said(same, { audience: 'https://other.example' }),
    'it is for somebody else',
  ],
  'for nobody': [
    said((xml) => xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, '')),
    'it is for somebody else',
  ],
  'for us and, besides, for others only': [
    said((xml) =>
      xml.replace(
        '</saml:Conditions>',
        '<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction></saml:Conditions>',
      ),
    ),
    'it is for somebody else',
  ],
  'without conditions': [
    said((xml) => xml.replace(/<saml:Conditions .*<\/saml:Conditions>/, '')),
    'it has not exactly one Conditions',
  ],
  'for another address': [
    (request) =>
      signed(
        responseXml(answerTo(request)).replace(
          `Recipient="${request.acs}"`,
          'Recipient="https://other.example/acs"',
        ),
        key,
      ),
    'it was to be brought elsewhere',
  ],
  'for no address': [
    said((xml) => xml.replace(/ Recipient="[^"]*"/, '')),
    'it was to be brought elsewhere',
  ],
  'sent to another address': [
    said((xml) => xml.replace(/Destination="[^"]*"/, 'Destination="https://other.example"')),
    'it was to be sent elsewhere',
  ],
  'of another provider': [said(same, { issuer: 'https://other.example' }), 'somebody else sent it'],
  'of another maker': [
    said((xml) => xml.replace(/(<saml:Assertion.*?<saml:Issuer>)[^<]*/, '$1https://other.example')),
    'somebody else made it',
  ],
  'that is over': [said(same, { until: -61 }), 'it is not valid any more'],
  'that does not begin yet': [said(same, { from: 62 }), 'it is not valid yet'],
  'whose confirmation is over': [
    said((xml) =>
      xml.replace(/(ConfirmationData )NotOnOrAfter="[^"]*"/, `$1NotOnOrAfter="${at(-61)}"`),
    ),
    'it is not valid any more',
  ],
  'with a beginning that is none': [
    said((xml) => xml.replace(/NotBefore="[^"]*"/, 'NotBefore="2020-01-01"')),
    'NotBefore is no time',
  ],
  'that never ends': [
    said((xml) => xml.replace(/(SubjectConfirmationData )NotOnOrAfter="[^"]*"/, '$1')),
    'its signature or its content is not valid',
  ],
  'of the future': [
    said((xml) => xml.replaceAll(/IssueInstant="[^"]*"/g, `IssueInstant="${at(120)}"`)),
    'it is of the future',
  ],
  'of a session that is over': [
    said((xml) => xml.replace('AuthnInstant=', `SessionNotOnOrAfter="${at(-61)}" AuthnInstant=`)),
    'the session there is over',
  ],
  'with a time that is none': [
    said((xml) =>
      xml.replace(/(SubjectConfirmationData )NotOnOrAfter="[^"]*"/, '$1NotOnOrAfter="soon"'),
    ),
    'its signature or its content is not valid',
  ],
  'for who holds a key': [
    said(same, { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }),
    'it is not for who brings it',
  ],
  'of nobody who signed in': [
    said((xml) => xml.replace(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/, '')),
    'it does not say that somebody signed in',
  ],
  'that says no': [
    said((xml) => xml.replace('status:Success', 'status:AuthnFailed')),
    'it says that nobody signed in',
  ],
  'to another request': [said(same, { request: '_another' }), 'nobody waits for it'],
  'to no request': [said(same, { request: '' }), 'nobody asked for it'],
  'whose response names another request': [
    said((xml) => xml.replace(/InResponseTo="[^"]*"/, 'InResponseTo="_another"')),
    'it answers another request than it says',
  ],
  'whose response names no request': [
    said((xml) => xml.replace(/(<samlp:Response [^>]*) InResponseTo="[^"]*"/, '$1')),
    'it answers another request than it says',
  ],
  'without an address': [said(same, { attributes: { name: 'Ada' } }), 'it has no email'],
  'without a name': [said((xml) => xml.replace('>ada<', '><')), 'it has no NameID that lasts'],
};

describe.each([
  ['not signed by the provider', unsigned],
  ['signed weakly', weak],
  ['wrapped', wrapped],
  ['of odd XML', odd],
  ['saying something else', saying],
])('an answer %s', (_, cases) => {
  it.each(Object.entries(cases))(
    'is refused %s (saml_response_refused)',
    async (_name, [forge, why]) => {
      const answer = await bring(forge);
      expect([answer.status, answer.body.code]).toEqual([401, 'saml_response_refused']);
      expect(answer.body.message).toContain(why);
    },
  );
});

it('an answer signed with the certificate as a password is refused', async () => {
  const forge = changed((xml) => {
    const info = (/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(xml)?.[0] ?? '').replace(
      'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      `${XMLDSIG}hmac-sha1`,
    );
    const canonical = info.replace('<ds:SignedInfo>', `<ds:SignedInfo xmlns:ds="${XMLDSIG}">`);
    const value = createHmac('sha1', key.certificate).update(canonical).digest('base64');
    return xml
      .replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, info)
      .replace(/(<ds:SignatureValue>)[^<]*/, `$1${value}`);
  });
  expect((await bring(forge)).body.message).toContain('RSA and SHA-256');
});

it.each([
  ['not in base64', () => '<Response/>', 'it is not in base64'],
  ['not in UTF-8', () => Buffer.from([0xc3, 0x28]).toString('base64'), 'it is not in UTF-8'],
  ['in UTF-16', (xml: string) => Buffer.from(xml, 'utf16le').toString('base64'), 'it is no'],
  ['empty', () => '', 'it is empty'],
  ['too large', (xml: string) => base64(xml + ' '.repeat(400_000)), 'it is empty or too large'],
  [
    'of too many elements',
    (xml: string) => base64(xml.replace('<samlp:Status>', `${'<a/>'.repeat(6000)}<samlp:Status>`)),
    'too many elements',
  ],
])('an answer %s is refused', async (_, encode, why) => {
  const answer = await bring(good, encode);
  expect([answer.status, answer.body.code]).toEqual([401, 'saml_response_refused']);
  expect(answer.body.message).toContain(why);
});
