import type { Contribution, Route } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { buildRouteTable } from './route-table.js';

function contribution(
  method: string,
  path: string,
  access: Route['access'] = 'authenticated',
): Contribution<Route> {
  const handler = () => new Response(path);
  return { plugin: 'p', value: { method: method as Route['method'], path, access, handler } };
}

function table(...routes: [string, string][]) {
  const built = buildRouteTable(routes.map(([method, path]) => contribution(method, path)));
  expect(built.problems).toEqual([]);
  return built.table;
}

describe('the route table', () => {
  it('finds routes by method and path, literal parts first', () => {
    const routes = table(
      ['GET', '/api/jobs'],
      ['GET', '/api/jobs/:id'],
      ['GET', '/api/jobs/stats'],
      ['POST', '/api/jobs/:id/retry'],
      ['GET', '/api/:area/stats/now'],
    );
    const path = (method: string, asked: string) => routes.match(method, asked)?.route.path;
    expect(path('GET', '/api/jobs')).toBe('/api/jobs');
    expect(path('HEAD', '/api/jobs')).toBe('/api/jobs');
    expect(path('GET', '/api/jobs/stats')).toBe('/api/jobs/stats');
    expect(path('GET', '/api/jobs/7')).toBe('/api/jobs/:id');
    expect(path('POST', '/api/jobs/7/retry')).toBe('/api/jobs/:id/retry');
    expect(path('GET', '/api/jobs/stats/now')).toBe('/api/:area/stats/now');
    expect(routes.match('GET', '/api/jobs/a%2Fb')?.params).toMatchObject({ id: 'a/b' });
  });

  it.each([
    '/api/jobs/',
    '//api/jobs',
    '/API/jobs',
    '/api/jobs/%zz',
    '/api//jobs',
    'api/jobs',
    '/',
  ])('finds nothing at %s', (path) => {
    expect(table(['GET', '/api/jobs'], ['GET', '/api/jobs/:id']).match('GET', path)).toBe(
      undefined,
    );
  });

  it('finds nothing for another method', () => {
    expect(table(['GET', '/api/jobs']).match('DELETE', '/api/jobs')).toBeUndefined();
  });

  it('keeps hostile values and names apart from prototypes', () => {
    const match = table(['GET', '/a/:constructor']).match('GET', '/a/__proto__');
    expect(Object.getPrototypeOf(match?.params)).toBeNull();
    expect(match?.params['constructor']).toBe('__proto__');
  });

  it('gives the values of the path that matched, not of one it tried', () => {
    const routes = table(['GET', '/a/:x/b/:y/c'], ['GET', '/a/:x/:z']);
    expect({ ...routes.match('GET', '/a/1/2')?.params }).toEqual({ x: '1', z: '2' });
  });

  it.each([
    ['FETCH', '/a', 'the method'],
    ['GET', 'a', 'a path'],
    ['GET', '/a/*', 'a path'],
    ['GET', '/a/', 'a path'],
    ['GET', '/:x/:x', 'the same name'],
    ['GET', '/a'.repeat(40), 'parts'],
  ])('does not serve %s %s', (method, path, reason) => {
    const { table: routes, problems } = buildRouteTable([contribution(method, path)]);
    expect(routes.size).toBe(0);
    expect(problems[0]).toMatchObject({ code: 'route_invalid' });
    expect(problems[0]?.message).toContain(reason);
  });

  it('serves the first of two equal routes, and names both plugins', () => {
    const first = contribution('GET', '/a');
    const second = { ...contribution('GET', '/a'), plugin: 'q' };
    const { table: routes, problems } = buildRouteTable([first, second]);
    expect(routes.match('GET', '/a')?.route).toBe(first.value);
    expect(problems[0]?.message).toContain('"q"');
    expect(problems[0]?.message).toContain('"p"');
  });

  it('does not serve a public route that the checked-in list does not name', () => {
    const { problems } = buildRouteTable([contribution('GET', '/a', 'public')]);
    expect(problems[0]?.message).toContain('public');
  });
});
