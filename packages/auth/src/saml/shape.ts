import {
  ASSERTION,
  attributeOf,
  children,
  childrenNamed,
  onlyChild,
  PROTOCOL,
  SIGNATURE,
} from './document.js';
import { demand } from './refusal.js';

const SIGNED_WITH = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
];
const DIGESTS = [
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
];
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${SIGNATURE}enveloped-signature`;
const PARTS = ['SignedInfo', 'SignatureValue', 'KeyInfo'];

/**
 * Holds the shape of an answer against the only one that is accepted, before a signature is looked at:
 * one assertion below the root, signatures only where they belong and over what they stand in, each id
 * once, strong algorithms. Wrapping attacks need another shape.
 *
 * @throws `SamlRefusal`
 */
export function checkShape(root: Element): void {
  demand(root.namespaceURI === PROTOCOL && root.localName === 'Response', 'it is no response');
  const all = [root, ...Array.from(root.getElementsByTagName('*'))];
  const assertions = all.filter((one) => /assertion$/i.test(one.localName));
  const [assertion] = assertions;
  demand(assertions.length === 1 && assertion !== undefined, 'it has not exactly one assertion');
  const own = onlyChild(root, ASSERTION, 'Assertion');
  demand(own === assertion, 'the assertion stands elsewhere');
  const ids = all
    .flatMap((one) => ['ID', 'Id', 'id'].map((name) => attributeOf(one, name)))
    .filter((id) => id !== undefined);
  demand(new Set(ids).size === ids.length, 'an id stands in it twice');
  const signatures = all.filter((one) => one.localName === 'Signature');
  for (const signature of signatures) checkSignature(signature, [root, assertion]);
  const places = signatures.map((one) => one.parentNode);
  demand(places.includes(assertion), 'the assertion is not signed');
  demand(new Set(places).size === places.length, 'it has too many signatures');
}

function checkSignature(signature: Element, places: readonly Element[]): void {
  const place = places.find((one) => one === signature.parentNode);
  demand(
    place !== undefined && signature.namespaceURI === SIGNATURE,
    'a signature stands where none belongs',
  );
  const isBare = children(signature).every((one) => PARTS.includes(one.localName));
  demand(isBare, 'a signature holds more than a signature');
  onlyChild(signature, SIGNATURE, 'SignatureValue');
  const info = onlyChild(signature, SIGNATURE, 'SignedInfo');
  const reference = onlyChild(info, SIGNATURE, 'Reference');
  const id = attributeOf(place, 'ID') ?? '';
  const isOwn = id !== '' && attributeOf(reference, 'URI') === `#${id}`;
  demand(isOwn, 'a signature is not over what it stands in');
  checkAlgorithms(info, reference);
}

function checkAlgorithms(info: Element, reference: Element): void {
  const algorithm = (parent: Element, name: string) =>
    attributeOf(onlyChild(parent, SIGNATURE, name), 'Algorithm') ?? '';
  const transforms = childrenNamed(
    onlyChild(reference, SIGNATURE, 'Transforms'),
    SIGNATURE,
    'Transform',
  ).map((one) => attributeOf(one, 'Algorithm'));
  demand(
    algorithm(info, 'CanonicalizationMethod') === EXCLUSIVE &&
      transforms.join(' ') === `${ENVELOPED} ${EXCLUSIVE}`,
    'a signature is over another form than the exclusive one',
  );
  demand(
    SIGNED_WITH.includes(algorithm(info, 'SignatureMethod')) &&
      DIGESTS.includes(algorithm(reference, 'DigestMethod')),
    'a signature is not made with RSA and SHA-256 or SHA-512',
  );
}
