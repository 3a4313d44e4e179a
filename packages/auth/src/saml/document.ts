import { DOMParser } from '@xmldom/xmldom';
import { demand, SamlRefusal } from './refusal.js';

/** Namespace of requests and responses. */
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
/** Namespace of assertions. */
export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
/** Namespace of signatures. */
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

const MAX_CHARACTERS = 350_000;
const MAX_ELEMENTS = 5000;
const [ELEMENT, TEXT] = [1, 3];

/** XML of an answer, out of the form field. @throws {@link SamlRefusal} */
export function decodeAnswer(field: string): string {
  demand(field.length > 0 && field.length <= MAX_CHARACTERS, 'it is empty or too large');
  const text = field.replace(/[\r\n\t ]/g, '');
  demand(/^[A-Za-z0-9+/]+={0,2}$/.test(text), 'it is not in base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch (cause) {
    throw new SamlRefusal('it is not in UTF-8', { cause });
  }
}

/**
 * Parses XML without everything that parsers disagree about: document types and entities, comments,
 * character data sections and processing instructions. No provider needs one of them here.
 *
 * @throws {@link SamlRefusal}
 */
export function parsePlain(xml: string): Element {
  const body = xml.replace(/^<\?xml [^?<>]*\?>/, '');
  demand(!/<[!?]/.test(body), 'it has a document type, a comment or an instruction');
  const fail = (message: string): never => {
    throw new SamlRefusal(`it is no XML: ${message.split('\n', 1)[0] ?? ''}`);
  };
  const errorHandler = { warning: fail, error: fail, fatalError: fail };
  const document = new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml') as
    Document | undefined;
  const root = document?.documentElement ?? fail('it is empty');
  demand(root.getElementsByTagName('*').length < MAX_ELEMENTS, 'it has too many elements');
  return root;
}

/** Elements right below another one. */
export function children(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === ELEMENT);
}

/** The children of this name. */
export function childrenNamed(parent: Element, namespace: string, name: string): Element[] {
  return children(parent).filter((one) => one.namespaceURI === namespace && one.localName === name);
}

/** The only child of this name. @throws {@link SamlRefusal} */
export function onlyChild(parent: Element, namespace: string, name: string): Element {
  const [found, ...others] = childrenNamed(parent, namespace, name);
  demand(found !== undefined && others.length === 0, `it has not exactly one ${name}`);
  return found;
}

/** The text of an element that holds nothing else. @throws {@link SamlRefusal} */
export function textOf(element: Element): string {
  demand(isText(element), `there is more than text in ${element.localName}`);
  return element.textContent.trim();
}

/** True for an element that holds nothing but text. */
export function isText(element: Element): boolean {
  return Array.from(element.childNodes).every((node) => node.nodeType === TEXT);
}

/** An attribute; `undefined` for none and an empty one. */
export function attributeOf(element: Element, name: string): string | undefined {
  const value = element.getAttribute(name) ?? '';
  return value === '' ? undefined : value;
}
