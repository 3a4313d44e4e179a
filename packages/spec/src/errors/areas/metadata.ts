import { entry } from '../define.js';

/** Errors of metadata as a whole; single problems are `MetadataProblem`s inside `details.problems`. */
export const metadataErrors = {
  metadata_invalid: entry<{ count: number; first: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The metadata has ${p.count} ${p.count === 1 ? 'problem' : 'problems'}. First: ${p.first}`,
    hint: () => 'Run "objectos validate <folder>" to see each with its file, line and column.',
  }),
  metadata_not_found: entry<{ type: string; name: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no ${p.type} "${p.name}".`,
    hint: (p) => `GET /api/metadata/${p.type} lists what there is.`,
  }),
  metadata_type_unknown: entry<{ type: string; suggestion?: string | undefined }>({
    category: 'not_found',
    status: 404,
    message: (p) =>
      `"${p.type}" is not a metadata type.${p.suggestion === undefined ? '' : ` Did you mean "${p.suggestion}"?`}`,
    hint: () => 'GET /api/metadata lists the types.',
  }),
};
