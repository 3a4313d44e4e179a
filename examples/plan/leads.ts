import {
  dataEngineService,
  definePlugin,
  systemContext,
  type DataEngine,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

let engine: DataEngine | undefined;

/** Hands the data engine to {@link createLeadFromUser}, which the plan's sample calls without one. */
export const leadsPlugin = definePlugin({
  manifest: { id: 'leads', version: '1.0.0' },
  deps: { engine: dataEngineService },
  setup(ctx, deps) {
    engine = deps.engine;
    ctx.onDispose(() => {
      engine = undefined;
    });
  },
});

/**
 * Makes a lead of somebody who signed up.
 *
 * @param payload Of the event `user.signup`: an object with `name` and `email`.
 * @throws `service_missing` while {@link leadsPlugin} is not running
 */
export async function createLeadFromUser(payload: unknown): Promise<void> {
  if (engine === undefined) {
    throw createError('service_missing', {
      service: dataEngineService.id,
      plugin: 'createLeadFromUser',
    });
  }
  const { name, email } = payload as { readonly name: string; readonly email: string };
  await engine.insert('lead', { name, email, source: 'signup' }, systemContext('signup'));
}
