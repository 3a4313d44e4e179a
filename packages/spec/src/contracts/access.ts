import type { MaybePromise } from './disposable.js';
import type { Comparison } from './query.js';
import type { Principal } from './principal.js';
import { serviceRef } from './refs.js';

/**
 * What one asks the access policy about. `restore` also means seeing the trash, `purge` deleting for
 * good, `transfer` giving a record to another owner, `export` taking records out in bulk.
 */
export const ACCESS_OPERATIONS = [
  'read',
  'create',
  'update',
  'delete',
  'restore',
  'purge',
  'transfer',
  'export',
] as const;

/** One of {@link ACCESS_OPERATIONS}. */
export type AccessOperation = (typeof ACCESS_OPERATIONS)[number];

/** Two columns that must be equal: one of the filtered object, one of the object looked into. */
export interface AccessJoin {
  readonly outer: string;
  readonly inner: string;
}

/**
 * A row filter as an access policy writes it: the comparisons of a query, and `exists` over any
 * object of the metadata, system objects included. Never made from a request, so its `exists` passes
 * no gate: whoever writes it says with `where` which rows count, the tenant's among them.
 */
export type AccessFilter =
  | Comparison
  | AccessFieldComparison
  | { readonly op: 'and' | 'or'; readonly args: readonly AccessFilter[] }
  | { readonly op: 'not'; readonly arg: AccessFilter }
  | AccessExists;

/** Compares a field with another one of the same row; an order comparison with an empty one is false. */
export interface AccessFieldComparison {
  readonly op: 'compareFields';
  readonly operator: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
  readonly field: string;
  readonly other: string;
}

/** True when a row of `object` is joined to the filtered row and fulfils `where`. */
export interface AccessExists {
  readonly op: 'exists';
  readonly object: string;
  readonly on: readonly AccessJoin[];
  readonly where?: AccessFilter | undefined;
}

/**
 * The compiled answer for one (principal, object, operation). The engine puts it into the query
 * plan; a field that is not readable behaves exactly like one that does not exist. Plans are cached
 * by the identity of the answer, so an unchanged answer should be the same object.
 */
export type AccessDecision =
  | { readonly allowed: false; readonly reason: string }
  | {
      readonly allowed: true;
      /** Rows that may be touched; absent means all rows of the tenant. */
      readonly rows?: AccessFilter | undefined;
      /** What a row must fulfil after the write; absent means nothing. For `create` and `update`. */
      readonly check?: AccessFilter | undefined;
      /** Readable fields; absent means all. */
      readonly readable?: ReadonlySet<string> | undefined;
      /** Writable fields; absent means all that are not read-only. */
      readonly writable?: ReadonlySet<string> | undefined;
    };

/** An access that was refused, or a record that was not there for this principal. */
export interface AccessRefusal {
  readonly principal: Principal;
  readonly object: string;
  readonly operation: AccessOperation;
  /** The record, where the request named one. */
  readonly id?: string | undefined;
  readonly reason: string;
  readonly requestId: string;
}

/** Decides who may do what. The permissions plugin provides it; without it only the system passes. */
export interface AccessPolicy {
  /** Synchronous: it is asked for every operation, several times for some. */
  decide(principal: Principal, object: string, operation: AccessOperation): AccessDecision;
  /**
   * Loads what `decide` needs about a principal. Awaited at the start of every operation, and by the
   * server once per request; answers in the same turn when everything is there already.
   */
  prepare?(principal: Principal): MaybePromise<void>;
  /**
   * True when a system permission (`manage_permissions`, `view_audit`, …) is granted. Absent: only
   * the system has any.
   */
  permits?(principal: Principal, permission: string): boolean;
  /**
   * Told of every refusal. The answer is the id under which an administrator finds the decision; it
   * becomes `details.decisionId` of the error.
   */
  refused?(refusal: AccessRefusal): string | undefined;
}

/** The access policy. Absent: nobody but the system has access. */
export const accessPolicyService = serviceRef<AccessPolicy>('access-policy');
