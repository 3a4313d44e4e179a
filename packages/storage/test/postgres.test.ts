import { describe, expect, it } from 'vitest';
import { PDF, PNG, startApplication } from './application.js';
import { postgresUrl } from './support.js';

describe.skipIf(postgresUrl === undefined)('files of records on PostgreSQL', () => {
  it('are given, read, replaced and let go as on SQLite', async () => {
    const app = await startApplication({ database: (await postgresUrl?.()) ?? '' });
    const content = (id: string, as = 'bob') =>
      app.call('GET', `/api/storage/files/${id}/content`, { as });
    const [contract, picture] = [await app.upload('a.pdf', PDF), await app.upload('a.png', PNG)];
    expect((await content(contract)).status).toBe(404);
    const created = await app.call('POST', '/api/data/deal', {
      body: { contract, pictures: [picture] },
    });
    const { id, record } = created.body.data as { id: string; record: Record<string, unknown> };
    expect((await content(contract)).text).toBe(PDF.toString());
    expect((await content(picture)).status).toBe(200);
    expect((await content(contract, 'olga')).status).toBe(404);
    // jsonb keeps its keys in another order; a whole record sent back is still no change.
    const again = await app.call('PATCH', `/api/data/deal/${id}`, {
      body: { contract: record['contract'], pictures: record['pictures'] },
    });
    expect(again.body.data.record.revision).toBe(1);
    const stolen = await app.call('POST', '/api/data/diary', {
      as: 'bob@other',
      body: { page: contract },
    });
    expect(stolen.body.code).toBe('file_reference_invalid');
    await app.call('PATCH', `/api/data/deal/${id}`, { body: { contract: null } });
    expect((await content(contract)).status).toBe(404);
    expect((await content(contract, 'ada')).status).toBe(200);
    expect((await app.call('DELETE', `/api/storage/files/${picture}`)).status).toBe(409);
    expect((await app.call('DELETE', `/api/storage/files/${contract}`)).status).toBe(200);
  });
});
