import { expect, it } from 'vitest';
import { codeOf, openApplication, tenant, user, type Files } from './support.js';

const DEAL = 'sharingModel: private\nfields: { name: { type: text }, bonus: { type: number } }\n';
const SALES = `
name: sales
assignedTo: [{ type: role, value: rep }]
objects: { deal: { allowCreate: true, allowRead: true, allowEdit: true } }
fields: { deal.name: { editable: true }, deal.bonus: { editable: true } }
`;
const FILES: Files = {
  'objects/deal.object.yml': DEAL,
  'permission_sets/sales.permission_set.yml': SALES,
  'roles/rep.role.yml': 'name: rep',
};
const rep = user('rep', { roles: ['rep'] });

it('a field that goes and comes again under its name is hidden until somebody grants it', async () => {
  const { engine, reload } = await openApplication(FILES);
  const { id } = await engine.insert('deal', { name: 'A', bonus: 1 }, rep);
  const see = async () => (await engine.get('deal', id as string, rep))['bonus'];
  expect(await see()).toBe(1);
  const without = {
    ...FILES,
    'objects/deal.object.yml': DEAL.replace(', bonus: { type: number }', ''),
  };
  // A grant for a field that is gone is refused, so it cannot wait for the next one of that name.
  await expect(reload(without)).rejects.toMatchObject({ code: 'metadata_invalid' });
  const ungranted = SALES.replace(', deal.bonus: { editable: true }', '');
  const fewer = { ...without, 'permission_sets/sales.permission_set.yml': ungranted };
  await reload(fewer);
  await reload({ ...fewer, 'objects/deal.object.yml': DEAL });
  expect(await see()).toBeUndefined();
  expect(await codeOf(engine.update('deal', id as string, { bonus: 2 }, rep))).toBe(
    'unknown_field',
  );
});

it('an extension by another plugin opens nothing but what is granted', async () => {
  const { engine, reload } = await openApplication(FILES);
  const theirs = await engine.insert('deal', { name: 'B', bonus: 1 }, tenant);
  const mine = await engine.insert('deal', { name: 'A', bonus: 1 }, rep);
  await reload({
    ...FILES,
    'objects/deal.extension.object.yml': 'extend: deal\nfields: { margin: { type: number } }\n',
  });
  await engine.update('deal', mine['id'] as string, { margin: 5 }, tenant);
  expect(await codeOf(engine.get('deal', theirs['id'] as string, rep))).toBe('record_not_found');
  const seen = await engine.get('deal', mine['id'] as string, rep);
  expect(seen).toMatchObject({ name: 'A', bonus: 1 });
  expect(seen).not.toHaveProperty('margin');
});
