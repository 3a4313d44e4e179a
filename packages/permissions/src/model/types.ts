import type { ObjectPermissionDefinition } from '@objectos/spec/metadata';
import type { Predicate } from '../policy/bindings.js';
import type { Objects } from '../policy/fields.js';
import type { Grantee } from './keys.js';
import type { RoleTree } from './roles.js';

/** What a set allows with an object. */
export type ObjectRights = ObjectPermissionDefinition;

/** What a set allows with a field. */
export interface FieldRights {
  readonly readable: boolean;
  readonly editable: boolean;
}

/** What a policy is about, in words of row-level security. */
export type PolicyOperation = 'select' | 'insert' | 'update' | 'delete';

/** A row-level policy, compiled. */
export interface PolicyModel {
  readonly name: string;
  readonly operations: ReadonlySet<PolicyOperation>;
  /** Absent: every row. */
  readonly using: Predicate | undefined;
  readonly check: Predicate | undefined;
  /** Whom it concerns; absent: everybody who has the set. */
  readonly roles: ReadonlySet<string> | undefined;
}

/** A permission set or profile, whether a file or a record declares it. */
export interface SetModel {
  readonly name: string;
  readonly label: string;
  readonly source: 'file' | 'record';
  readonly isProfile: boolean;
  /** By object; `*` for the others. */
  readonly objects: ReadonlyMap<string, ObjectRights>;
  /** By `object.field`, `object.*` or `*.*`. */
  readonly fields: ReadonlyMap<string, FieldRights>;
  readonly policies: ReadonlyMap<string, readonly PolicyModel[]>;
  readonly systemPermissions: ReadonlySet<string>;
  /** Keys of those who hold it without an assignment. */
  readonly assignedTo: ReadonlySet<string>;
}

/** A sharing rule, compiled. */
export interface RuleModel {
  readonly name: string;
  readonly source: 'file' | 'record';
  readonly object: string;
  readonly accessLevel: 'read' | 'edit';
  /** Key of those it opens records to. */
  readonly sharedWith: string;
  /** Which records: by criteria, or by who owns them. */
  readonly opens:
    | { readonly by: 'criteria'; readonly condition: Predicate }
    | {
        readonly by: 'owner';
        readonly owner: Grantee;
      };
}

/** Groups that stand inside other groups: by name of the outer one. */
export type GroupNesting = ReadonlyMap<string, ReadonlySet<string>>;

/** Everything that is the same for all principals of a tenant. Immutable. */
export interface PermissionModel {
  readonly tenantId: string | null;
  readonly metadataVersion: string;
  readonly objects: Objects;
  /** By name; a file and a record of one name both count. */
  readonly sets: ReadonlyMap<string, readonly SetModel[]>;
  readonly roles: RoleTree;
  /** By object. */
  readonly rules: ReadonlyMap<string, readonly RuleModel[]>;
  readonly nesting: GroupNesting;
  /** Fields of the user's record that policies and rules read. */
  readonly userFields: ReadonlySet<string>;
  /** What of the records could not be used, and why. Those parts open nothing. */
  readonly faults: readonly string[];
}
