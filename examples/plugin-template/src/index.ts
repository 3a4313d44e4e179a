import { definePlugin, routesPoint } from '@objectos/spec/contracts';
import { z } from 'zod';
import { tidyRecord } from './tidy.js';

/**
 * Removes spaces around texts before records are stored, and counts them at `GET /api/tidy`.
 *
 * @example
 * createKernel({ plugins: [tidyPlugin], config: { tidy: { objects: ['contact'] } } });
 */
export const tidyPlugin = definePlugin({
  manifest: {
    id: 'tidy',
    version: '1.0.0',
    description: 'Removes spaces around texts before records are stored.',
  },
  config: z.strictObject({
    /** Objects to tidy; `*` stands for all of them. */
    objects: z.array(z.string()).default(['*']),
  }),
  setup(ctx) {
    const objects = new Set(ctx.config.objects);
    const applies = (object: string) => objects.has('*') || objects.has(object);
    let tidied = 0;

    ctx.hook('data.record.beforeInsert', ({ object, data }) => {
      if (applies(object)) tidied += tidyRecord(data);
    });
    ctx.hook('data.record.beforeUpdate', ({ object, data }) => {
      if (applies(object)) tidied += tidyRecord(data);
    });
    ctx.contribute(routesPoint, {
      method: 'GET',
      path: '/api/tidy',
      access: 'authenticated',
      handler: () => Response.json({ tidied }),
    });
  },
});

/** The name under which the kernel looks for the plugin of a module. */
export { tidyPlugin as plugin };
