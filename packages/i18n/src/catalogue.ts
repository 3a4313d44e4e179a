import type { Coverage } from '@objectos/spec/contracts';
import type { CheckedBundle } from './bundle.js';

/** Which bundles win: later ranks over earlier ones, later additions over earlier ones of a rank. */
export type Rank = 'plugin' | 'file' | 'metadata';

/** The messages of all languages, laid over each other. */
export interface Catalogue {
  /** Counts changes. */
  readonly turn: number;
  locales(): readonly string[];
  /** The messages that a language has itself. */
  own(locale: string): ReadonlyMap<string, string>;
  add(rank: Rank, bundles: readonly CheckedBundle[]): () => void;
}

const RANKS: readonly Rank[] = ['plugin', 'file', 'metadata'];
const NONE: ReadonlyMap<string, string> = new Map();

/** Makes an empty catalogue. */
export function createCatalogue(): Catalogue {
  const layers: { readonly rank: Rank; readonly bundle: CheckedBundle }[] = [];
  let effective = new Map<string, Map<string, string>>();
  let turn = 0;

  function rebuild(): void {
    turn += 1;
    effective = new Map();
    for (const rank of RANKS) {
      for (const { bundle } of layers.filter((layer) => layer.rank === rank)) {
        const messages = effective.get(bundle.locale) ?? new Map<string, string>();
        for (const [key, text] of bundle.messages) messages.set(key, text);
        effective.set(bundle.locale, messages);
      }
    }
  }

  return {
    get turn() {
      return turn;
    },
    locales: () => [...effective.keys()].sort(),
    own: (locale) => effective.get(locale) ?? NONE,
    add(rank, bundles) {
      const added = bundles.map((bundle) => ({ rank, bundle }));
      layers.push(...added);
      rebuild();
      return () => {
        const left = layers.filter((layer) => !added.includes(layer));
        if (left.length === layers.length) return;
        layers.splice(0, layers.length, ...left);
        rebuild();
      };
    },
  };
}

const MAX_LISTED = 1_000;

/** How far `locale` covers the keys of `reference`. A regional language counts its parent in. */
export function coverageOf(
  catalogue: Catalogue,
  locale: string,
  {
    chain,
    reference,
  }: { readonly chain: readonly string[]; readonly reference: ReadonlySet<string> },
): Coverage {
  const related = chain.filter((one) => one.split('-')[0] === locale.split('-')[0]);
  const keys = [...reference].sort();
  const missing = keys.filter((key) => !related.some((one) => catalogue.own(one).has(key)));
  return {
    locale,
    total: keys.length,
    translated: keys.length - missing.length,
    missing: missing.slice(0, MAX_LISTED),
  };
}
