import { METADATA_TYPES, suggest, type MetadataType } from '@objectos/spec/metadata';

const TYPES: ReadonlySet<string> = new Set(METADATA_TYPES);

/** Folder names that say what their files hold. */
const FOLDERS: ReadonlyMap<string, MetadataType> = new Map(
  METADATA_TYPES.map((type) => [folderOf(type), type]),
);

/** The usual folder of a type: `objects`. */
function folderOf(type: MetadataType): string {
  return type === 'seed' ? 'data' : `${type}s`;
}

/** What a file name says about its content. */
export interface FileTraits {
  readonly format: 'yaml' | 'json' | undefined;
  readonly type: MetadataType | undefined;
  /** The file's name without folder, type and extension. */
  readonly baseName: string;
  readonly extension: string;
}

/**
 * Reads a path: `objects/account.yml` and `anywhere/account.object.yml` both hold the object
 * `account`. The suffix wins; else the nearest folder that names a type.
 */
export function readFileName(file: string): FileTraits {
  const folders = file.split('/');
  const fileName = folders.pop() ?? '';
  const dot = fileName.lastIndexOf('.');
  const extension = dot <= 0 ? '' : fileName.slice(dot).toLowerCase();
  const stem = dot <= 0 ? fileName : fileName.slice(0, dot);
  const format = formatOf(extension);
  const suffixAt = stem.lastIndexOf('.');
  const suffix = suffixAt === -1 ? undefined : stem.slice(suffixAt + 1);
  if (suffix !== undefined && isType(suffix)) {
    return { format, type: suffix, baseName: stem.slice(0, suffixAt), extension };
  }
  return { format, type: typeOfFolders(folders), baseName: stem, extension };
}

function formatOf(extension: string): 'yaml' | 'json' | undefined {
  if (extension === '.yml' || extension === '.yaml') return 'yaml';
  return extension === '.json' ? 'json' : undefined;
}

function isType(text: string): text is MetadataType {
  return TYPES.has(text);
}

function typeOfFolders(folders: readonly string[]): MetadataType | undefined {
  for (const folder of folders.toReversed()) {
    const type = FOLDERS.get(folder);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** Folders that say a type, and the suffix or folder that `file` may have meant. */
export function typeHelp(file: string): { folders: string[]; suggestion: string | undefined } {
  const folders = [...FOLDERS.keys()].map((folder) => `${folder}/`);
  const parts = file.split('/');
  const suffix = (parts.pop() ?? '').split('.').at(-2) ?? '';
  const folder = parts.at(-1) ?? '';
  const bySuffix = suggest(suffix, METADATA_TYPES);
  const byFolder = suggest(folder, FOLDERS.keys());
  if (bySuffix !== undefined) return { folders, suggestion: `.${bySuffix}` };
  return { folders, suggestion: byFolder === undefined ? undefined : `${byFolder}/` };
}
