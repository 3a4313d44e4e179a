import path from 'node:path';
import { forbiddenImport } from './floors.js';

/** Refuses imports that break the floors; see `tooling/floors.js`. */
export const boundaries = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return;
      const reason = forbiddenImport(file, node.source.value);
      if (reason !== undefined) context.report({ node, message: reason });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
