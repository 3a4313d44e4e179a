import * as samlify from 'samlify';
import { expect, it } from 'vitest';
import { createSigningKey } from './support/certificate.js';
import { startAuthServer } from './support/server.js';

const start = '/api/auth/sign-in/saml';

it('another library reads our description and our request, and its answer lets somebody in', async () => {
  // The library asks for a schema validator; what it validates here it made or read itself.
  samlify.setSchemaValidator({ validate: () => Promise.resolve('valid') });
  const key = createSigningKey();
  const template = samlify.SamlLib.defaultLoginResponseTemplate;
  const provider = samlify.IdentityProvider({
    entityID: 'https://samlify.example',
    privateKey: key.privateKey,
    signingCert: key.certificate,
    isAssertionEncrypted: false,
    nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    singleSignOnService: [
      {
        Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        Location: 'https://samlify.example/sso',
      },
    ],
    loginResponseTemplate: { ...template, context: withStatements(template.context) },
  });
  const corp = {
    kind: 'saml',
    entityId: 'https://samlify.example',
    signInUrl: 'https://samlify.example/sso',
    certificates: [key.certificate],
    signUp: true,
  };
  const server = await startAuthServer({ config: { providers: { corp } } });
  const description = await server.visitor().get(`${start}/metadata/corp`);
  const us = samlify.ServiceProvider({ metadata: description.text });

  const visitor = server.visitor();
  const { body } = await visitor.post(start, { provider: 'corp', callbackURL: '/done' });
  const query = Object.fromEntries(new URL(body.url as string).searchParams);
  const asked = await provider.parseLoginRequest(us, 'redirect', { query });
  const { request, issuer } = asked.extract as { request: { id: string }; issuer: string };
  expect(issuer).toBe(`${server.url}${start}/metadata/corp`);

  const answer = await provider.createLoginResponse(
    us,
    { ...asked },
    'post',
    {},
    (text: string) => {
      const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
      const acs = `${server.url}${start}/acs/corp`;
      const values: Record<string, string> = {
        ID: '_response',
        AssertionID: '_assertion',
        Destination: acs,
        Audience: issuer,
        SubjectRecipient: acs,
        AssertionConsumerServiceURL: acs,
        EntityID: issuer,
        Issuer: 'https://samlify.example',
        IssueInstant: at(0),
        StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
        ConditionsNotBefore: at(-5),
        ConditionsNotOnOrAfter: at(60),
        SubjectConfirmationDataNotOnOrAfter: at(60),
        NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        NameID: 'grace',
        InResponseTo: request.id,
      };
      return { id: '_response', context: samlify.SamlLib.replaceTagsByValue(text, values) };
    },
  );
  const form = new URLSearchParams({ SAMLResponse: (answer as { context: string }).context });
  const arrived = await visitor.post(`${start}/acs/corp`, form.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'https://samlify.example',
  });
  expect(arrived.text).toBe('');
  const done = await visitor.get(arrived.headers.get('location') ?? '');
  expect(done.headers.get('location')).toBe('/done');
  const who = await visitor.get('/api/who-am-i');
  expect(who.body.principal.displayName).toBe('Grace');
});

/** The library leaves these statements to who uses it. */
function withStatements(context: string): string {
  const now = new Date().toISOString();
  const attribute = (name: string, value: string) =>
    `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`;
  return context.replace(
    '{AuthnStatement}{AttributeStatement}',
    `<saml:AuthnStatement AuthnInstant="${now}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
      `<saml:AttributeStatement>${attribute('email', 'grace@samlify.example')}${attribute('name', 'Grace')}</saml:AttributeStatement>`,
  );
}
