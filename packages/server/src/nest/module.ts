import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AggregateController } from '../data/aggregate.controller.js';
import { BulkController } from '../data/bulk.controller.js';
import { CrossBatchController } from '../data/cross-batch.controller.js';
import { DataController } from '../data/data.controller.js';
import { TransferController } from '../data/transfer.controller.js';
import { WholeRecordController } from '../data/whole-record.controller.js';
import { DiscoveryController } from '../discovery/discovery.controller.js';
import { HealthController } from '../health/health.controller.js';
import { MetadataController } from '../metadata/metadata.controller.js';
import { UiController } from '../metadata/ui.controller.js';
import { OpenApiController } from '../openapi/openapi.controller.js';
import { CsrfController } from '../security/csrf.controller.js';
import { denyByDefaultGuard } from '../security/guard.js';
import { CatalogueErrorFilter } from './error-filter.js';
import { SERVER_PARTS, type ServerParts } from './tokens.js';

/** The Nest application: our controllers, one guard, one filter. */
@Module({})
export class ServerModule {
  /** Builds the module around the parts of one server. */
  static of(parts: ServerParts): DynamicModule {
    return {
      module: ServerModule,
      controllers: [
        HealthController,
        DiscoveryController,
        CsrfController,
        OpenApiController,
        MetadataController,
        UiController,
        BulkController,
        AggregateController,
        WholeRecordController,
        TransferController,
        CrossBatchController,
        DataController,
      ],
      providers: [
        { provide: SERVER_PARTS, useValue: parts },
        { provide: APP_GUARD, useValue: denyByDefaultGuard },
        { provide: APP_FILTER, useValue: new CatalogueErrorFilter(parts.respondError) },
      ],
    };
  }
}
