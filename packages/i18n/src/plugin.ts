import {
  contributionPoint,
  definePlugin,
  i18nService,
  localizerService,
  messagesPoint,
  metadataService,
  routesPoint,
  type PluginContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { i18nConfigSchema, type I18nConfig } from './config.js';
import { readBundle } from './files.js';
import { createI18nService, type OwnedI18nService } from './i18n-service.js';
import { createLocalizer } from './localizer.js';
import { metadataBundles, metadataKeys } from './metadata-texts.js';
import { i18nRoutes } from './routes.js';

/** Of the data engine; by its id, so that a host without an engine need not load one. */
const metadataChecksPoint = contributionPoint<() => readonly never[]>('metadata.checks');

/**
 * Languages as a plugin: messages of plugins, of files and of the metadata's translations, in this
 * order; what comes later wins.
 */
export const i18nPlugin = definePlugin({
  manifest: { id: '@objectos/i18n', version: '0.1.0' },
  config: i18nConfigSchema,
  provides: [i18nService, localizerService],
  async setup(ctx) {
    requireTimeZone(ctx.config.timeZone);
    const metadata = () => ctx.service(metadataService);
    const i18n = createI18nService({
      config: ctx.config,
      current: () => ctx.currentContext(),
      *referenceKeys() {
        const found = metadata();
        if (found !== undefined) yield* metadataKeys(found);
      },
    });
    const files = await Promise.all(ctx.config.files.map(readBundle));
    ctx.onDispose(i18n.addAll('file', files, ctx.config.files.join(', ')));
    // Tells the engine that translations have somebody who reads them; messages are checked then.
    ctx.contribute(metadataChecksPoint, () => []);
    consumePlugins(ctx, i18n);
    const refresh = followMetadata(ctx, i18n);
    ctx.provide(i18nService, i18n);
    ctx.provide(localizerService, createLocalizer(i18n));
    for (const route of i18nRoutes(ctx, i18n)) ctx.contribute(routesPoint, route);
    return { start: refresh };
  },
});

function consumePlugins(ctx: PluginContext<I18nConfig>, i18n: OwnedI18nService): void {
  let remove: () => void = () => undefined;
  ctx.consume(messagesPoint, (contributions) => {
    // Checked before what is in force is taken away.
    const next = i18n.addAll(
      'plugin',
      contributions.map(({ value }) => value),
      contributions.map(({ plugin }) => plugin).join(', '),
    );
    remove();
    remove = next;
  });
}

/** Keeps the messages of the metadata as they are in force. A bad set is told, and the last stays. */
function followMetadata(ctx: PluginContext<I18nConfig>, i18n: OwnedI18nService): () => void {
  let remove: () => void = () => undefined;
  let version: string | undefined;
  const refresh = (): void => {
    const metadata = ctx.service(metadataService);
    if (metadata === undefined || metadata.version === version) return;
    version = metadata.version;
    try {
      const next = i18n.addAll('metadata', metadataBundles(metadata), 'the translations');
      remove();
      remove = next;
    } catch (error) {
      ctx.logger.error({ error }, 'the translations are not valid; the last ones stay in force');
    }
  };
  ctx.on('metadata.changed', refresh);
  return refresh;
}

/** @throws `config_invalid` */
function requireTimeZone(timeZone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    const reason = `timeZone: "${timeZone}" is not a time zone`;
    throw createError('config_invalid', { source: '@objectos/i18n', reason }, { cause });
  }
}
