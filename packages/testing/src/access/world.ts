import type { AccessOperation } from '@objectos/spec/contracts';

/** Whom something is given to: `user:ann`, `group:desk`, `role:rep`, `everyone`, … */
export type GranteeKey = string;

/** One record, as the database has it. */
export type WorldRow = Readonly<Record<string, unknown>>;

/** What a set allows with an object, in the words of the metadata. */
export type WorldRights = Readonly<Record<string, boolean | undefined>>;

/** A policy: a formula over the record and `$User`. */
export interface WorldPolicy {
  readonly object: string;
  readonly operation: 'select' | 'insert' | 'update' | 'delete' | 'all';
  readonly using?: string | undefined;
  readonly check?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** A permission set. */
export interface WorldSet {
  readonly name: string;
  readonly objects: Readonly<Record<string, WorldRights>>;
  readonly fields: Readonly<Record<string, { readable?: boolean; editable?: boolean }>>;
  readonly policies: readonly WorldPolicy[];
  readonly assignedTo: readonly GranteeKey[];
}

/** An object: who sees what nobody shared, its declared fields, its master. */
export interface WorldObject {
  readonly sharing: 'private' | 'public_read' | 'public_read_write' | 'controlled_by_parent';
  readonly fields: readonly string[];
  readonly parent?: { readonly field: string; readonly object: string } | undefined;
}

/** A sharing rule. */
export interface WorldRule {
  readonly object: string;
  readonly accessLevel: 'read' | 'edit';
  readonly sharedWith: GranteeKey;
  readonly condition?: string | undefined;
  readonly ownedBy?: GranteeKey | undefined;
}

/** Everything that decides who may do what, and the records: what the oracle reads. */
export interface AccessWorld {
  /** Formula types of the fields, by name: blanks of typed fields compare as the language says. */
  readonly types: Readonly<Record<string, 'text' | 'number' | 'boolean'>>;
  readonly objects: Readonly<Record<string, WorldObject>>;
  readonly sets: readonly WorldSet[];
  readonly roles: Readonly<Record<string, string | undefined>>;
  readonly groups: Readonly<Record<string, 'group' | 'team'>>;
  readonly rules: readonly WorldRule[];
  readonly users: Readonly<Record<string, WorldRow>>;
  /** Users who are members of the organization. Left out: users belong to it like other records. */
  readonly colleagues?: readonly string[] | undefined;
  readonly roleOf: readonly { readonly user: string; readonly role: string }[];
  readonly members: readonly {
    readonly group: string;
    readonly user?: string | undefined;
    readonly inner?: string | undefined;
  }[];
  readonly assignments: readonly {
    readonly set: string;
    readonly grantee: GranteeKey;
    readonly expired: boolean;
  }[];
  readonly shares: readonly {
    readonly object: string;
    readonly record: string;
    readonly grantee: GranteeKey;
    readonly level: 'read' | 'edit';
    readonly expired: boolean;
  }[];
  readonly records: Readonly<Record<string, readonly WorldRow[]>>;
}

/** An operation on an object, as the oracle is asked about it. */
export type WorldOperation = AccessOperation;
