import type { RecordData } from '@objectos/spec/contracts';
import type { FieldError } from '@objectos/spec/errors';
import type { DriverSession } from '../../driver/contract.js';
import type { Steps } from '../steps.js';

/** What a rule looks at. `record` is the record as it would be stored. */
export interface RuleScope {
  readonly record: RecordData;
  /** The stored record; absent for an insert. */
  readonly previous: RecordData | undefined;
  readonly id: string;
  readonly now: Date;
  readonly timezone: string;
  readonly user: RecordData;
  readonly session: DriverSession;
}

/** A compiled validation rule: the problems it finds. */
export type Rule = (scope: RuleScope) => Steps<readonly FieldError[]>;
