import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system } from './support.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
afterEach(() => engine.close());

const OBJECTS = {
  page: 'label: Page\nfields:\n  name: { type: text }\n  layout: { type: json }\n',
};
const layout = { left: { width: 1, rows: [{ a: 1, b: 2 }] }, right: null };
const turned = { right: null, left: { rows: [{ b: 2, a: 1 }], width: 1 } };

describe('JSON with its keys in another order', () => {
  it('is no change', async () => {
    engine = await openEngine({ objects: OBJECTS });
    const { id } = await engine.insert('page', { name: 'a', layout }, system);
    const same = await engine.update('page', id as string, { layout: turned }, system);
    expect(same['revision']).toBe(1);
    const other = { ...turned, left: { width: 1, rows: [{ b: 1, a: 2 }] } };
    const changed = await engine.update('page', id as string, { layout: other }, system);
    expect(changed['revision']).toBe(2);
    const list = { ...other, left: { width: 1, rows: [{ b: 1, a: 2 }, 1] } };
    const longer = await engine.update('page', id as string, { layout: list }, system);
    expect(longer['revision']).toBe(3);
  });

  it('is no conflict of a merge', async () => {
    engine = await openEngine({ objects: OBJECTS });
    const { id } = await engine.insert('page', { name: 'a', layout: { x: 1, y: 1 } }, system);
    await engine.update('page', id as string, { layout }, system);
    const merged = await engine.update(
      'page',
      id as string,
      { name: 'b', layout: turned },
      system,
      { mergeFrom: 1 },
    );
    expect(merged).toMatchObject({ name: 'b', layout, revision: 3 });
    const unchanged = engine.update('page', id as string, { layout: { y: 1, x: 1 } }, system, {
      mergeFrom: 1,
    });
    expect(await unchanged).toMatchObject({ layout });
    const conflict = engine.update('page', id as string, { layout: { z: 1 } }, system, {
      mergeFrom: 1,
    });
    await expect(conflict).rejects.toMatchObject({ code: 'merge_conflict' });
  });
});
