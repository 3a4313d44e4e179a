import {
  ASSERTION,
  attributeOf,
  childrenNamed,
  isText,
  onlyChild,
  parsePlain,
  textOf,
} from './document.js';
import { demand } from './refusal.js';

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** What an assertion must say. */
export interface Expected {
  readonly issuer: string;
  /** Our own name (`entityID`). */
  readonly audience: string;
  /** Where the answer arrived. */
  readonly recipient: string;
  readonly skewMs: number;
  readonly now: number;
}

/** What a signed assertion says. */
export interface Assertion {
  readonly id: string;
  /** The request that it answers; `undefined` when nobody asked. */
  readonly inResponseTo: string | undefined;
  /** When it is worth nothing any more, in epoch milliseconds. */
  readonly until: number;
  readonly nameId: string;
  /** False for a name that is another one each time. */
  readonly isLasting: boolean;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads an assertion out of the bytes that were signed, and holds it against what is expected.
 *
 * @throws `SamlRefusal`
 */
export function readAssertion(signed: string, expected: Expected): Assertion {
  const root = parsePlain(signed);
  demand(root.namespaceURI === ASSERTION && root.localName === 'Assertion', 'it is no assertion');
  demand(textOf(onlyChild(root, ASSERTION, 'Issuer')) === expected.issuer, 'somebody else made it');
  const issued = time(root, 'IssueInstant');
  demand(issued !== undefined && issued <= expected.now + expected.skewMs, 'it is of the future');
  const conditions = onlyChild(root, ASSERTION, 'Conditions');
  checkPeriod(conditions, expected);
  checkAudience(conditions, expected);
  checkStatements(root, expected);
  const subject = onlyChild(root, ASSERTION, 'Subject');
  const nameId = onlyChild(subject, ASSERTION, 'NameID');
  return {
    id: attributeOf(root, 'ID') ?? '',
    ...confirmed(onlyChild(subject, ASSERTION, 'SubjectConfirmation'), expected),
    nameId: textOf(nameId),
    isLasting: attributeOf(nameId, 'Format') !== TRANSIENT,
    attributes: attributesOf(root),
  };
}

function checkPeriod(element: Element, { now, skewMs }: Expected): void {
  const from = time(element, 'NotBefore');
  const until = time(element, 'NotOnOrAfter');
  demand(from === undefined || now + skewMs >= from, 'it is not valid yet');
  demand(until === undefined || now - skewMs < until, 'it is not valid any more');
}

function checkAudience(conditions: Element, { audience }: Expected): void {
  const restrictions = childrenNamed(conditions, ASSERTION, 'AudienceRestriction');
  const isForUs = (restriction: Element): boolean =>
    childrenNamed(restriction, ASSERTION, 'Audience').some((one) => textOf(one) === audience);
  demand(restrictions.length > 0 && restrictions.every(isForUs), 'it is for somebody else');
}

function checkStatements(root: Element, { now, skewMs }: Expected): void {
  const statements = childrenNamed(root, ASSERTION, 'AuthnStatement');
  demand(statements.length > 0, 'it does not say that somebody signed in');
  for (const statement of statements) {
    const until = time(statement, 'SessionNotOnOrAfter');
    demand(until === undefined || now - skewMs < until, 'the session there is over');
  }
}

/** Whoever brings it is the one it is about: here, now, and for the request that it names. */
function confirmed(
  confirmation: Element,
  expected: Expected,
): Pick<Assertion, 'inResponseTo' | 'until'> {
  demand(attributeOf(confirmation, 'Method') === BEARER, 'it is not for who brings it');
  const data = onlyChild(confirmation, ASSERTION, 'SubjectConfirmationData');
  const isHere = attributeOf(data, 'Recipient') === expected.recipient;
  demand(isHere, 'it was to be brought elsewhere');
  const until = time(data, 'NotOnOrAfter');
  demand(until !== undefined, 'it has no end');
  checkPeriod(data, expected);
  return { until, inResponseTo: attributeOf(data, 'InResponseTo') };
}

function attributesOf(root: Element): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const statement of childrenNamed(root, ASSERTION, 'AttributeStatement')) {
    for (const attribute of childrenNamed(statement, ASSERTION, 'Attribute')) {
      const values = childrenNamed(attribute, ASSERTION, 'AttributeValue')
        .filter(isText)
        .map(textOf)
        .filter((value) => value !== '');
      const name = attributeOf(attribute, 'Name') ?? '';
      found.set(name, [...(found.get(name) ?? []), ...values]);
    }
  }
  return found;
}

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function time(element: Element, name: string): number | undefined {
  const text = attributeOf(element, name);
  if (text === undefined) return undefined;
  const at = UTC.test(text) ? Date.parse(text) : Number.NaN;
  demand(!Number.isNaN(at), `${name} is no time`);
  return at;
}
