import {
  dataEngineService,
  metadataService,
  type I18nService,
  type PluginContext,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createLocalizer } from './localizer.js';

/** What labels are and what an object is called is told by `/labels`, to those who may know it. */
const GUARDED = /^(?:objects|apps)\./;

/**
 * The routes that the published clients call. Both forms of each: the language in the path and as a
 * parameter.
 */
export function i18nRoutes(ctx: PluginContext, i18n: I18nService): Route[] {
  const localizer = createLocalizer(i18n);
  const get = (path: string, answer: (request: Asked) => object): Route => ({
    method: 'GET',
    path,
    access: 'authenticated',
    handler: (request, route) => {
      const query = new URL(request.url).searchParams;
      const asked = { query, route, locale: localeOf(i18n, route, query) };
      return Response.json({ success: true, data: answer(asked) });
    },
  });

  const translations = ({ query, locale }: Asked) => {
    const [namespace, keys] = [query.get('namespace'), query.get('keys')?.split(',')];
    const found: Record<string, string> = {};
    for (const [key, text] of i18n.messages(locale)) {
      if (GUARDED.test(key) || (namespace !== null && !key.startsWith(`${namespace}.`))) continue;
      if (keys === undefined || keys.includes(key)) found[key] = text;
    }
    return { locale, translations: found };
  };

  const labels = ({ route, locale }: Asked) => {
    const object = route.params['object'] ?? '';
    const readable = ctx.service(dataEngineService)?.readableFields(object, route);
    const definition = ctx.service(metadataService)?.get('object', object);
    if (readable === undefined || definition === undefined) {
      throw createError('object_not_found', { object });
    }
    const { label, pluralLabel, fields } = localizer.metadata(locale, 'object', definition);
    const visible = Object.entries((fields ?? {}) as Record<string, Record<string, unknown>>)
      .filter(([name]) => readable.has(name))
      .map(([name, field]) => [name, labelsOf(field)]);
    return { object, locale, label, pluralLabel, labels: Object.fromEntries(visible) as object };
  };

  return ['/api/i18n', '/api/v1/i18n'].flatMap((base) => [
    get(`${base}/locales`, () => ({ locales: i18n.locales(), default: i18n.defaultLocale })),
    get(`${base}/translations`, translations),
    get(`${base}/translations/:locale`, translations),
    get(`${base}/labels/:object`, labels),
    get(`${base}/labels/:object/:locale`, labels),
  ]);
}

interface Asked {
  readonly query: URLSearchParams;
  readonly route: RouteContext;
  readonly locale: string;
}

function localeOf(i18n: I18nService, route: RouteContext, query: URLSearchParams): string {
  return i18n.resolve(route.params['locale'] ?? query.get('locale') ?? route.locale);
}

function labelsOf({ label, help, options }: Record<string, unknown>): object {
  const choices = Array.isArray(options)
    ? Object.fromEntries(
        (options as { value: string; label?: string }[]).map((one) => [
          one.value,
          one.label ?? one.value,
        ]),
      )
    : undefined;
  return { label, help, ...(choices === undefined ? {} : { options: choices }) };
}
