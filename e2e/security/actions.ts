import fc from 'fast-check';
import type { CaseRequest } from './cases.js';

/** Two sides that must know nothing of each other. */
export const SIDES = ['a', 'b'] as const;

/** One of {@link SIDES}. */
export type Side = (typeof SIDES)[number];

/** Something that somebody does; made into a request when it is known which records there are. */
export interface Action {
  readonly kind: (typeof KINDS)[number];
  /** Chooses among the records that exist. */
  readonly pick: number;
  /** Aims at a record of the other side. */
  readonly foreign: boolean;
  readonly word: number;
}

const KINDS = [
  ...(['create', 'update', 'delete', 'restore', 'clone', 'get', 'history'] as const),
  ...(['list', 'filter', 'search', 'aggregate', 'export', 'cursor', 'expand'] as const),
  ...(['batch', 'crossBatch', 'import', 'upsert', 'updateMany', 'lookup', 'broken'] as const),
  ...(['events', 'metadata', 'replay', 'tenantHeader'] as const),
  ...(['people', 'person', 'expandPeople', 'namedPeople', 'assign'] as const),
] as const;

/** Generates what the two sides do, one beside the other. */
export const actionsOfBoth = fc.array(
  fc.record({
    a: actionArbitrary(),
    b: actionArbitrary(),
  }),
  { minLength: 4, maxLength: 12 },
);

function actionArbitrary(): fc.Arbitrary<Action> {
  return fc.record({
    kind: fc.constantFrom(...KINDS),
    pick: fc.nat(1_000),
    foreign: fc.boolean(),
    word: fc.nat(9),
  });
}

/** What a request may know: ids of records and people of both sides, and its own words. */
export interface Known {
  readonly contracts: Readonly<Record<Side, readonly string[]>>;
  readonly accounts: Readonly<Record<Side, readonly string[]>>;
  readonly people: Readonly<Record<Side, readonly string[]>>;
  readonly tenants: Readonly<Record<Side, string>>;
  readonly cursors: readonly string[];
}

/** The canary of a side: in every text that it writes. */
export const canaryOf = (side: Side): string => `canary-of-${side}-`;

/** The request of an action. */
export function requestOf(action: Action, side: Side, known: Known): CaseRequest {
  const other: Side = side === 'a' ? 'b' : 'a';
  const whose = action.foreign ? other : side;
  const among = (list: readonly string[]): string =>
    list[action.pick % Math.max(1, list.length)] ?? 'none';
  const id = among(known.contracts[whose]);
  const account = among(known.accounts[whose]);
  const person = among(known.people[whose]);
  const text = `${canaryOf(side)}${action.word}`;
  const send = (
    method: CaseRequest['method'],
    path: string,
    body?: CaseRequest['body'],
    headers: Record<string, string> = {},
  ): CaseRequest => ({ method, path, headers, ...(body === undefined ? {} : { body }) });
  const contract = '/api/data/contract';
  const locale = `locale=${['en', 'de', '*'][action.word % 3] ?? 'en'}`;

  switch (action.kind) {
    case 'create':
      return send('POST', contract, { title: text, 'title:de': text, region: text });
    case 'update':
      return send('PATCH', `${contract}/${id}?locale=de`, { title: text });
    case 'delete':
      return send('DELETE', `${contract}/${id}`);
    case 'restore':
      return send('POST', `${contract}/${id}/restore`);
    case 'clone':
      return send('POST', `${contract}/${id}/clone?${locale}`, {});
    case 'get':
      return send('GET', `${contract}/${id}?${locale}`);
    case 'history':
      return send('GET', `/api/audit/records/contract/${id}`);
    case 'list':
      return send('GET', `${contract}?sort=title&top=50&${locale}`);
    case 'filter':
      return send('POST', `${contract}/query?${locale}`, {
        where: { title: { $contains: 'canary' } },
      });
    case 'search':
      return send('GET', `${contract}?search=canary&highlight=true`);
    case 'aggregate':
      return send(
        'GET',
        `${contract}/aggregate?groupBy=region&aggregations=count,max:title:most&${locale}`,
      );
    case 'export':
      return send('GET', `${contract}/export?format=csv&${locale}`);
    case 'cursor':
      return send('GET', `${contract}?sort=title&top=1&cursor=${among(known.cursors)}`);
    case 'expand':
      return send('GET', `${contract}?expand=account&top=50&${locale}`);
    case 'batch':
      return send('POST', `${contract}/batch`, {
        operation: 'update',
        records: [{ id, data: { region: text } }],
        options: { atomic: false, continueOnError: true },
      });
    case 'crossBatch':
      return send('POST', '/api/batch', {
        operations: [
          { object: 'account', data: { name: text }, ref: 'made' },
          { object: 'contract', action: 'update', id, data: { region: text } },
        ],
      });
    case 'import':
      return send('POST', `${contract}/import`, `{"title":"${text}","account":"${account}"}`, {
        'content-type': 'application/x-ndjson',
      });
    case 'upsert':
      return send('POST', `${contract}/upsert?by=id`, { id, title: text });
    case 'updateMany':
      return send('POST', `${contract}/updateMany`, {
        filter: { title: { $contains: 'canary' } },
        data: { amount: action.word },
      });
    case 'lookup':
      return send('POST', contract, { title: text, account });
    case 'broken':
      return send('POST', contract, { title: { nested: text }, nosuch: text, account });
    case 'events':
      return send('GET', '/api/audit/events?limit=100');
    case 'metadata':
      return send('GET', '/api/metadata/object/contract');
    case 'replay':
      // Both sides use the same key, for the same body.
      return send(
        'POST',
        contract,
        { title: 'the same for both' },
        { 'idempotency-key': 'shared' },
      );
    case 'people':
      return send('GET', '/api/data/user?search=canary&sort=name&highlight=true');
    case 'person':
      return send('GET', `/api/data/user/${person}`);
    case 'expandPeople':
      return send('GET', `${contract}?expand=owner_id,created_by,seller&sort=seller.name&top=50`);
    case 'namedPeople':
      return send('POST', `${contract}/query`, {
        where: { $or: [{ 'owner_id.name': { $contains: 'canary' } }, { 'seller.id': person }] },
        fields: ['title', 'owner_id.name', 'seller.name', 'updated_by.name'],
      });
    case 'assign':
      return send('POST', contract, { title: text, seller: person });
    case 'tenantHeader':
      return send('GET', `${contract}?top=50`, undefined, { 'x-tenant-id': known.tenants[other] });
  }
}
