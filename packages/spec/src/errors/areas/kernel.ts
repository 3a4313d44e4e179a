import { entry } from '../define.js';

/** Errors of the kernel: plugins, dependencies, services, lifecycle. */
export const kernelErrors = {
  kernel_boot_failed: entry<{ count: number; problems: readonly string[] }>({
    category: 'server',
    status: 500,
    message: (p) => `The kernel did not start: ${p.problems.join(' | ')}`,
    hint: () => 'Every problem is listed; nothing was left running.',
  }),
};
