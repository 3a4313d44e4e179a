import { accessErrors } from './areas/access.js';
import { cacheErrors } from './areas/cache.js';
import { authErrors } from './areas/auth.js';
import { auditErrors } from './areas/audit.js';
import { configErrors } from './areas/config.js';
import { dataErrors } from './areas/data.js';
import { driverErrors } from './areas/driver.js';
import { formulaErrors } from './areas/formula.js';
import { httpErrors } from './areas/http.js';
import { i18nErrors } from './areas/i18n.js';
import { jobErrors } from './areas/jobs.js';
import { kernelErrors } from './areas/kernel.js';
import { metadataErrors } from './areas/metadata.js';
import { metricErrors } from './areas/metrics.js';
import { outboundErrors } from './areas/outbound.js';
import { notificationErrors } from './areas/notification.js';
import { queryErrors } from './areas/query.js';
import { storageErrors } from './areas/storage.js';
import type { ParamsOf } from './define.js';

/** Every error ObjectOS can answer with. Codes are stable and never reused. */
export const catalogue = {
  ...kernelErrors,
  ...metadataErrors,
  ...queryErrors,
  ...dataErrors,
  ...accessErrors,
  ...driverErrors,
  ...formulaErrors,
  ...httpErrors,
  ...configErrors,
  ...cacheErrors,
  ...i18nErrors,
  ...jobErrors,
  ...authErrors,
  ...metricErrors,
  ...auditErrors,
  ...outboundErrors,
  ...storageErrors,
  ...notificationErrors,
} as const;

/** A stable error code, in the snake_case the published clients read. */
export type ErrorCode = keyof typeof catalogue;

/** The parameters that the texts of `C` need. */
export type ErrorParams<C extends ErrorCode> = ParamsOf<(typeof catalogue)[C]>;
