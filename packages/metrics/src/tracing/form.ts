import type { TimeSpan } from '@objectos/spec/contracts';

/** Kinds of spans as the protocol of OpenTelemetry numbers them. */
export const SPAN_KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const;

/** Values of attributes, by their name. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** What spans have in common. */
export interface SpanCommon {
  readonly name: string;
  readonly kind: (typeof SPAN_KINDS)[keyof typeof SPAN_KINDS];
  readonly attributes?: Attributes | undefined;
  /** What a failed step is called; empty when there is no more to say than that it failed. */
  readonly failure?: string | undefined;
}

/** A span as bytes of OTLP in JSON, with places for what is another one each time. */
export interface SpanForm {
  readonly child: Uint8Array;
  /** Without the place for a parent. */
  readonly root: Uint8Array;
}

/** A step that ended. Ids are those of W3C. */
export interface EndedSpan extends TimeSpan {
  readonly form: SpanForm;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  /** One more attribute, as {@link textAttribute} writes it. */
  readonly own: string;
}

const HEAD = '{"traceId":"';
const SPAN = '","spanId":"';
const BEGIN = '","startTimeUnixNano":"';
const END = '000","endTimeUnixNano":"';
const PARENT = '000","parentSpanId":"';
const NO_PARENT = '000"';
const [TRACE_ID, SPAN_ID, MICROSECONDS] = [32, 16, 16];
const TRACE_AT = HEAD.length;
const SPAN_AT = TRACE_AT + TRACE_ID + SPAN.length;
const BEGIN_AT = SPAN_AT + SPAN_ID + BEGIN.length;
const END_AT = BEGIN_AT + MICROSECONDS + END.length;
const PARENT_AT = END_AT + MICROSECONDS + PARENT.length;
const START = `${HEAD}${' '.repeat(TRACE_ID)}${SPAN}${' '.repeat(SPAN_ID)}${BEGIN}${' '.repeat(MICROSECONDS)}${END}${' '.repeat(MICROSECONDS)}`;
/** Closes the attributes and the span. */
const FOOT = [0x5d, 0x7d] as const;
/** What JSON writes as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Makes a form. Worth it for many spans: it costs more than to fill one in. */
export function createForm({ name, kind, attributes = {}, failure }: SpanCommon): SpanForm {
  const rest = `,"name":${quoted(name)},"kind":${kind},"status":${statusText(failure)},"attributes":[${attributesText(attributes)}`;
  return {
    child: Buffer.from(`${START}${PARENT}${' '.repeat(SPAN_ID)}"${rest}`, 'latin1'),
    root: Buffer.from(`${START}${NO_PARENT}${rest}`, 'latin1'),
  };
}

/** One more attribute with a text that is another one each time. */
export function textAttribute(name: string, value: string): string {
  return `,{"key":"${name}","value":{"stringValue":${quoted(value)}}}`;
}

/** Bytes that a span takes. */
export function sizeOf({ form, own }: EndedSpan): number {
  return form.child.length + own.length + FOOT.length;
}

/**
 * Writes a span. @param origin - the moment, in milliseconds, at which its times begin
 * @returns the place after it
 */
export function writeSpan(buffer: Buffer, at: number, span: EndedSpan, origin: number): number {
  const { form, parentId, own } = span;
  const bytes = parentId === undefined ? form.root : form.child;
  buffer.set(bytes, at);
  writeText(buffer, at + TRACE_AT, span.traceId);
  writeText(buffer, at + SPAN_AT, span.spanId);
  writeTime(buffer, at + BEGIN_AT, origin + span.began);
  writeTime(buffer, at + END_AT, origin + span.ended);
  if (parentId !== undefined) writeText(buffer, at + PARENT_AT, parentId);
  let next = at + bytes.length;
  if (own !== '') next += buffer.write(own, next, 'latin1');
  buffer[next] = FOOT[0];
  buffer[next + 1] = FOOT[1];
  return next + 2;
}

/** A short text of ASCII: a loop is quicker than a call. */
function writeText(buffer: Buffer, at: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) {
    buffer[at + index] = text.charCodeAt(index);
  }
}

/** Milliseconds as microseconds, in two parts that are small integers. */
function writeTime(buffer: Buffer, at: number, milliseconds: number): void {
  const microseconds = Math.round(milliseconds * 1_000);
  const high = Math.floor(microseconds / 1e8);
  writeDigits(buffer, at, high);
  writeDigits(buffer, at + 8, microseconds - high * 1e8);
}

function writeDigits(buffer: Buffer, at: number, value: number): void {
  let rest = value | 0;
  for (let index = 7; index >= 0; index -= 1) {
    const left = (rest / 10) | 0;
    buffer[at + index] = 0x30 + rest - left * 10;
    rest = left;
  }
}

function statusText(failure: string | undefined): string {
  if (failure === undefined) return '{}';
  return failure === '' ? '{"code":2}' : `{"code":2,"message":${quoted(failure)}}`;
}

/** Attributes as JSON of OTLP, in ASCII. */
export function attributesText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `{"key":${quoted(name)},"value":${valueText(value)}}`)
    .join();
}

function valueText(value: Attributes[string]): string {
  if (typeof value === 'string') return `{"stringValue":${quoted(value)}}`;
  if (typeof value === 'boolean') return `{"boolValue":${value}}`;
  return Number.isSafeInteger(value) ? `{"intValue":"${value}"}` : `{"doubleValue":${value}}`;
}

/** A JSON string in ASCII, so that a character is a byte. */
function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
