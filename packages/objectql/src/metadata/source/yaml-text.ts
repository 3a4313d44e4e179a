import { Composer, Parser, Schema, type CST, type Document } from 'yaml';
import { METADATA_LIMITS } from '../limits.js';
import { convertDocument } from './yaml-values.js';
import { checkDepth, stop, type RawDocument, type ReadContext } from './raw.js';

const schema = new Schema({ schema: 'core' });

/**
 * Reads YAML 1.2 (core schema), every document of the text. Goes token by token, because the depth
 * has to be known before `yaml` composes the tokens by recursion.
 */
export function readYaml(text: string, context: ReadContext): RawDocument[] {
  const tokens: CST.Token[] = [];
  for (const token of new Parser().parse(text)) {
    checkTokenDepth(token, context);
    tokens.push(token);
  }
  const composer = new Composer({
    schema,
    merge: false,
    // `convertDocument` finds duplicates in linear time; `yaml` compares each key with each.
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  const documents: RawDocument[] = [];
  for (const document of composer.compose(tokens, true, text.length)) {
    if (documents.length === METADATA_LIMITS.documents) {
      context.report('too_many', { what: 'documents', max: METADATA_LIMITS.documents }, 0);
      stop();
    }
    if (reportErrors(document, context)) continue;
    documents.push(convertDocument(document, context));
  }
  return documents;
}

function checkTokenDepth(root: CST.Token, context: ReadContext): void {
  const pending: { token: CST.Token | null | undefined; depth: number }[] = [
    { token: root, depth: 0 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (token === null || token === undefined) continue;
    if (token.type === 'document') pending.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    checkDepth(context, depth + 1, token.offset);
    for (const item of token.items) {
      if (isCollection(item.key)) pending.push({ token: item.key, depth: depth + 1 });
      if (isCollection(item.value)) pending.push({ token: item.value, depth: depth + 1 });
    }
  }
}

function isCollection(token: CST.Token | null | undefined): boolean {
  return token !== null && token !== undefined && 'items' in token;
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  MISSING_CHAR: 'Complete it. A file that was saved half also looks like this.',
  BAD_INDENT: 'Align it with its neighbours. A file that was saved half also looks like this.',
  BLOCK_AS_IMPLICIT_KEY: 'Put the text between quotes if it contains ": ".',
  BAD_SCALAR_START: 'Put the text between quotes.',
};

function reportErrors(document: Document.Parsed, context: ReadContext): boolean {
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    if (code === 'TAG_RESOLVE_FAILED') {
      context.report('unknown_tag', { tag: message.replace(/^.*: /, '') }, pos[0]);
      continue;
    }
    const reason = message.replace(/\.$/, '').replace('closing "quote', 'closing "');
    const hint = HINTS[code] ?? 'Correct the syntax.';
    context.report('syntax', { format: 'YAML', reason, hint }, pos[0]);
  }
  return document.errors.length > 0;
}
