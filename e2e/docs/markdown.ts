import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of code in a page. */
export interface CodeBlock {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** Every page that people write, by its path from the root. */
export function listPages(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const folders = ['docs', 'examples', 'packages'];
  return [...top, ...folders.flatMap((folder) => listFolder(folder))];
}

function listFolder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped =
        entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.');
      return skipped ? [] : listFolder(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function codeBlocks(page: string): CodeBlock[] {
  const blocks = readPage(page).matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...blocks].map(([, language = '', text = '']) => ({ page, language, text }));
}

/** The text outside fenced blocks. */
function prose(page: string): string {
  return readPage(page).replaceAll(/^```.*?^```$/gms, '');
}

/** Links of a page that lead to nothing: a missing file, or a missing heading. */
export function brokenLinks(page: string): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || !target.endsWith('.md') || anchors(target).has(anchor);
}

function anchors(page: string): Set<string> {
  const headings = [...prose(page).matchAll(/^#+ +(.+)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Paths of the repository that a page names in its text. */
export function namedPaths(page: string): string[] {
  const names = [
    ...prose(page).matchAll(
      /`((?:packages|examples|docs|e2e|scripts|tooling|bench)\/[^`*\s:…]+)`/g,
    ),
  ];
  const madeAtRunTime = '/.objectos';
  return names.map(([, path = '']) => path).filter((path) => !path.includes(madeAtRunTime));
}

/** Scripts that a page tells people to run with pnpm. */
export function namedScripts(page: string): string[] {
  return [...readPage(page).matchAll(/\bpnpm ([a-z][a-z:-]*)/g)].map(([, script = '']) => script);
}
