import type { Driver } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { afterEach, beforeEach, describe } from 'vitest';
import { aggregateCases } from './cases/aggregate.js';
import { alterationCases } from './cases/alterations.js';
import { bucketCases } from './cases/buckets.js';
import { claimCases } from './cases/claims.js';
import { derivedCases } from './cases/derived.js';
import { filterCases } from './cases/filters.js';
import { followCases } from './cases/following.js';
import { fullTextCases } from './cases/full-text.js';
import { jointInsertCases } from './cases/joint-inserts.js';
import { lifecycleCases } from './cases/lifecycle.js';
import { lockCases } from './cases/locks.js';
import { propertyCases } from './cases/property.js';
import { relatedCases } from './cases/related.js';
import { recordCases } from './cases/records.js';
import { schemaCases } from './cases/schema.js';
import { sortCases } from './cases/sorting.js';
import { transactionCases } from './cases/transactions.js';
import { updateEachCases } from './cases/update-each.js';
import { valueCases } from './cases/values.js';
import { vectorCases } from './cases/vectors.js';
import { journal, part, thing } from './fixture.js';

/** What the suite may do with a driver. */
export interface DriverContractOptions {
  /** Generated filters that are compared with the naive evaluator. Default 300. */
  readonly runs?: number | undefined;
}

/**
 * The suite that every driver must pass. Call it in a Vitest file. Cases of a capability that the
 * driver does not declare are reported as skipped, with the capability.
 *
 * @param factory makes a driver on an empty database; the suite connects and closes it. What the
 * factory opened beside it is the caller's to clean up (`afterEach`).
 * @example driverContract('sqlite', () => new SqlDriver({ url: ':memory:' }));
 */
export function driverContract(
  name: string,
  factory: () => MaybePromise<Driver>,
  options: DriverContractOptions = {},
): void {
  describe(`driver contract: ${name}`, () => {
    let driver: Driver;
    const current = (): Driver => driver;

    beforeEach(async () => {
      driver = await factory();
      await driver.connect();
      await driver.applySchema([
        { kind: 'createTable', table: thing },
        { kind: 'createTable', table: journal },
        { kind: 'createTable', table: part },
      ]);
    });
    afterEach(() => driver.close());

    recordCases(current);
    jointInsertCases(current);
    updateEachCases(current);
    valueCases(current);
    filterCases(current);
    sortCases(current);
    transactionCases(current);
    relatedCases(current);
    derivedCases(current);
    claimCases(current);
    lockCases(current);
    followCases(current);
    aggregateCases(current);
    bucketCases(current);
    fullTextCases(current);
    vectorCases(current);
    schemaCases(current);
    alterationCases(current);
    lifecycleCases(current);
    propertyCases(current, options.runs ?? 300);
  });
}
