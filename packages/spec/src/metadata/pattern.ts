import { z } from 'zod';

/** A regular expression (with the `u` flag, without slashes) that a whole value is tested with. */
export const patternSchema = z
  .string()
  .min(1)
  .max(500)
  .superRefine((pattern, context) => {
    try {
      new RegExp(pattern, 'u');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message: `must be a regular expression (${reason})` });
    }
  });
