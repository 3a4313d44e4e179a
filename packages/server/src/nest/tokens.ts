import type {
  DataEngine,
  Localizer,
  Logger,
  MaybePromise,
  SystemHealth,
} from '@objectos/spec/contracts';
import type { MetadataSnapshot } from '@objectql/core';
import type { FastifyRequest } from 'fastify';
import type { Background } from '../background/background.js';
import type { ServerConfig } from '../config.js';
import type { ErrorResponder } from '../http/reply.js';
import type { ApiQuota } from '../rates/api-quota.js';
import type { RateGate } from '../rates/rate-gate.js';
import type { CrossSiteCheck } from '../security/cross-site.js';
import type { Elevation } from '../security/elevation.js';
import type { Readiness } from '../health/readiness.js';

/** What the controllers work with. One object, made once: nothing is injected per request. */
export interface ServerParts {
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly engine: DataEngine;
  /** The compiled metadata at this moment; take it once per request. */
  readonly snapshot: () => MetadataSnapshot;
  /** What says things in the reader's language, while there is one. */
  readonly localizer: () => Localizer | undefined;
  readonly respondError: ErrorResponder;
  readonly readiness: Readiness;
  readonly rates: RateGate;
  readonly quota: ApiQuota;
  readonly elevation: Elevation;
  readonly crossSite: CrossSiteCheck;
  /** How the system is, if the host tells. */
  readonly health: () => MaybePromise<SystemHealth | undefined>;
  /** True for those who may see how each plugin is. */
  readonly mayViewHealth: (request: FastifyRequest) => Promise<boolean>;
  /** Origin of the URLs that the server makes: `publicUrl`, or where it listens. */
  readonly origin: () => string;
  /** Work that goes on after its request was answered; `undefined` without jobs or files. */
  readonly background: () => Background | undefined;
  /** True while an authentication plugin is loaded. */
  readonly authenticationLoaded: () => boolean;
}

/** Injection token of {@link ServerParts}. */
export const SERVER_PARTS = Symbol('objectos.server.parts');
