import type { LoggedFailure, Logger } from '@objectos/spec/contracts';

type Fields = Readonly<Record<string, unknown>>;

/** Told of every error that is logged. */
export type FailureListener = (failure: Omit<LoggedFailure, 'context'>) => void;

/** A logger that writes as `logger` does, and tells of each error after it was written. */
export function observedLogger(
  logger: Logger,
  listener: FailureListener,
  bound: Fields = {},
): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error(fields, message) {
      logger.error(fields, message);
      const { error, ...rest } = { ...bound, ...fields };
      listener({ error, message, fields: rest });
    },
    child: (fields) => observedLogger(logger.child(fields), listener, { ...bound, ...fields }),
  };
}
