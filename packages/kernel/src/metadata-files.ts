import { metadataFilesPoint, type PluginContext } from '@objectos/spec/contracts';
import type { MetadataType, PluginManifest } from '@objectos/spec/metadata';

/** The manifest's keys that hold globs, and what the files behind them are. */
export const METADATA_GLOBS = {
  objects: 'object',
  workflows: 'workflow',
  views: 'view',
  apps: 'app',
  permissions: 'permission_set',
  translations: 'translation',
  data: 'seed',
} as const satisfies Partial<Record<keyof PluginManifest, MetadataType>>;

/** Offers the metadata files of the manifest to whoever loads metadata, as long as the plugin runs. */
export function contributeMetadataFiles(
  ctx: PluginContext,
  manifest: PluginManifest,
  baseDir: string,
): void {
  for (const [key, type] of Object.entries(METADATA_GLOBS)) {
    const globs = manifest[key as keyof typeof METADATA_GLOBS];
    if (globs === undefined || globs.length === 0) continue;
    ctx.contribute(metadataFilesPoint, { baseDir, globs, type });
  }
}
