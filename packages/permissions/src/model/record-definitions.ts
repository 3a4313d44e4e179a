import {
  permissionSetSchema,
  sharingRuleSchema,
  type PermissionSetDefinition,
  type SharingRuleDefinition,
} from '@objectos/spec/metadata';
import type { RecordData } from '@objectos/spec/contracts';
import type { RecordReader } from '../grants/reader.js';
import type { RecordDefinitions } from './build.js';
import type { RoleEntry } from './roles.js';

/** Reads what of the permission model is kept in records of a tenant. */
export async function readRecordDefinitions(
  reader: RecordReader,
  tenantId: string | null,
): Promise<RecordDefinitions> {
  const [sets, rules, roles, members] = await Promise.all([
    reader.all('permission_set', tenantId, { op: 'eq', field: 'active', value: true }),
    reader.all('sharing_rule', tenantId, { op: 'eq', field: 'active', value: true }),
    reader.all('role', tenantId),
    reader.all('group_member', tenantId, { op: 'isNull', field: 'member_group', value: false }),
  ]);
  return {
    // What does not parse opens nothing; writes check it, so this is about old or foreign rows.
    sets: sets.flatMap((row) => parseSetRecord(row) ?? []),
    rules: rules.flatMap((row) => parseRuleRecord(row) ?? []),
    roles: roles.map(roleOf),
    nesting: nestingOf(members),
  };
}

/** The definition that a `permission_set` record holds. */
export function parseSetRecord(row: RecordData): PermissionSetDefinition | undefined {
  const definition = definitionOf(row, { label: row['label'] ?? undefined });
  return permissionSetSchema.safeParse(definition).data;
}

/** The definition that a `sharing_rule` record holds. */
export function parseRuleRecord(row: RecordData): SharingRuleDefinition | undefined {
  return sharingRuleSchema.safeParse(definitionOf(row, {})).data;
}

function definitionOf(row: RecordData, extra: RecordData): RecordData {
  const { definition, name } = row;
  if (typeof definition !== 'object' || definition === null) return {};
  return { ...extra, ...definition, name };
}

function roleOf(row: RecordData): RoleEntry {
  const { name, parent } = row;
  return { name: String(name), ...(typeof parent === 'string' ? { parent } : {}) };
}

function nestingOf(members: readonly RecordData[]): Map<string, Set<string>> {
  const nesting = new Map<string, Set<string>>();
  for (const { group, member_group: inner } of members) {
    const list = nesting.get(String(group)) ?? new Set();
    list.add(String(inner));
    nesting.set(String(group), list);
  }
  return nesting;
}
