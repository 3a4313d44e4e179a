import type { RehearsedStep } from '@objectos/spec/contracts';

/** Notes what ran while a write was rehearsed: each hook and rule once per object. */
export interface RehearsalLog {
  readonly steps: () => readonly RehearsedStep[];
  hook(name: string, object: string, owner: string): void;
  rule(name: string, object: string, failed: boolean): void;
}

/** Makes an empty log. */
export function createRehearsalLog(): RehearsalLog {
  const steps = new Map<string, RehearsedStep>();
  return {
    steps: () => [...steps.values()],
    hook(name, object, owner) {
      steps.set(`hook ${name} ${object} ${owner}`, { kind: 'hook', name, object, owner });
    },
    rule(name, object, failed) {
      const key = `rule ${name} ${object}`;
      const before = steps.get(key)?.failed === true;
      steps.set(key, { kind: 'rule', name, object, failed: failed || before });
    },
  };
}
