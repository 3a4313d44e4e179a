import { dataEngineService, type RecordData } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { AccessCase, Outcome } from './cases.js';
import type { CaseWorld } from './world.js';

/** What a case ended with on one surface. */
export interface CaseResult {
  readonly outcome: Outcome;
  /** Code of the refusal. */
  readonly code?: string | undefined;
  readonly records: readonly RecordData[];
}

/** The ways in on which cases are run. */
export const SURFACES = ['engine', 'rest'] as const;

/** One of {@link SURFACES}. */
export type Surface = (typeof SURFACES)[number];

/** Runs a case on a surface. What it changes stays; a file's cases are run in their order. */
export function runCase(world: CaseWorld, one: AccessCase, surface: Surface): Promise<CaseResult> {
  return surface === 'engine' ? onEngine(world, one) : overRest(world, one);
}

async function onEngine({ kernel, contextOf }: CaseWorld, one: AccessCase): Promise<CaseResult> {
  const engine = kernel.service(dataEngineService);
  const ctx = contextOf(one.as);
  const { object, id = '', data = {} } = one;
  try {
    const records = await perform();
    return { outcome: 'allowed', records };
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    return { ...outcomeOf(error.code), records: [] };
  }

  async function perform(): Promise<RecordData[]> {
    switch (one.does) {
      case 'read':
        return one.id === undefined
          ? (await engine.find(object, { limit: 1_000 }, ctx)).records
          : [await engine.get(object, id, ctx)];
      case 'create':
        return [await engine.insert(object, data, ctx)];
      case 'update':
      case 'transfer':
        return [await engine.update(object, id, data, ctx)];
      case 'delete':
        await engine.delete(object, id, ctx);
        return [];
      case 'restore':
        return [await engine.restore(object, id, ctx)];
      case 'purge':
        await engine.purge(object, id, ctx);
        return [];
    }
  }
}

async function overRest({ url, headersOf }: CaseWorld, one: AccessCase): Promise<CaseResult> {
  const { method, path, body } = requestOf(one);
  const response = await fetch(`${url}/api/data/${path}`, {
    method,
    headers: {
      ...headersOf(one.as),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === '' ? {} : JSON.parse(text)) as {
    readonly code?: string;
    readonly data?:
      RecordData | readonly RecordData[] | { readonly records: readonly RecordData[] };
  };
  if (!response.ok) return { ...outcomeOf(answer.code ?? ''), records: [] };
  return { outcome: 'allowed', records: recordsIn(answer.data) };
}

function requestOf({ does, object, id, data }: AccessCase) {
  const record = `${object}/${encodeURIComponent(id ?? '')}`;
  switch (does) {
    case 'read':
      return { method: 'GET', path: id === undefined ? `${object}?top=1000` : record };
    case 'create':
      return { method: 'POST', path: object, body: data ?? {} };
    case 'update':
    case 'transfer':
      return { method: 'PATCH', path: record, body: data ?? {} };
    case 'delete':
      return { method: 'DELETE', path: record };
    case 'restore':
      return { method: 'POST', path: `${record}/restore`, body: {} };
    case 'purge':
      return { method: 'POST', path: `${record}/purge`, body: {} };
  }
}

function recordsIn(data: unknown): RecordData[] {
  if (Array.isArray(data)) return data as RecordData[];
  if (typeof data !== 'object' || data === null) return [];
  const { records, record } = data as { records?: RecordData[]; record?: RecordData };
  return records ?? [record ?? (data as RecordData)];
}

function outcomeOf(code: string): { outcome: Outcome; code: string } {
  if (code === 'permission_denied' || code === 'record_not_accessible')
    return { outcome: 'denied', code };
  if (code === 'record_not_found') return { outcome: 'hidden', code };
  return { outcome: 'refused', code };
}
