import { compileFormula } from '@objectos/formula';
import { SYSTEM_FIELDS } from '@objectos/spec/metadata';
import type { AccessWorld, WorldOperation, WorldPolicy, WorldRow, WorldSet } from './world.js';

/**
 * The permission model, evaluated naively: no filter, no cache, no compilation, record by record and
 * set by set. What the engine answers is held against this.
 */
export function createAccessOracle(world: AccessWorld) {
  const rolesOf = (user: string) =>
    world.roleOf.filter((one) => one.user === user).map((one) => one.role);

  function above(role: string): string[] {
    const parent = world.roles[role];
    return parent === undefined ? [role] : [role, ...above(parent)];
  }

  function isIn(group: string, user: string): boolean {
    return world.members.some(
      (one) =>
        one.group === group &&
        (one.user === user || (one.inner !== undefined && isIn(one.inner, user))),
    );
  }

  /** True when what is given to the key is given to the user. */
  function means(key: string, user: string): boolean {
    const [type = '', value = ''] = key.split(':');
    switch (type) {
      case 'everyone':
        return true;
      case 'user':
        return value === user;
      case 'role':
        return rolesOf(user).includes(value);
      case 'role_and_subordinates':
        return rolesOf(user).some((role) => above(role).includes(value));
      case 'team':
        return world.groups[value] === 'team' && isIn(value, user);
      default:
        return isIn(value, user);
    }
  }

  function setsOf(user: string): WorldSet[] {
    return world.sets.filter(
      (set) =>
        set.assignedTo.some((key) => means(key, user)) ||
        world.assignments.some(
          (one) => one.set === set.name && !one.expired && means(one.grantee, user),
        ),
    );
  }

  function grants(set: WorldSet, object: string, operation: WorldOperation): boolean {
    const rights = set.objects[object] ?? set.objects['*'] ?? {};
    const { viewAllRecords: view, modifyAllRecords: modify } = rights;
    const by = (right: string, ...implied: (boolean | undefined)[]) =>
      rights[right] === true || implied.includes(true);
    switch (operation) {
      case 'read':
        return by('allowRead', view, modify);
      case 'create':
        return by('allowCreate');
      case 'update':
        return by('allowEdit', modify);
      case 'delete':
        return by('allowDelete', modify);
      case 'restore':
        return by('allowRestore', modify);
      case 'transfer':
        return by('allowTransfer', modify);
      case 'purge':
        return by('allowPurge');
      case 'export':
        return by('allowExport');
    }
  }

  const fields = ([name = '']: readonly string[]) => world.types[name];

  function holds(formula: string, user: string, row: WorldRow): boolean {
    const scope = { record: row, user: { ...world.users[user], id: user }, isNew: false };
    const result = compileFormula(formula, { fields }).evaluate({
      ...scope,
      now: new Date(),
      timezone: 'UTC',
    });
    return result === true;
  }

  /** Owner, roles above, defaults, rules, shares; or the master's record. */
  function sharesOpen(user: string, object: string, row: WorldRow, level: string): boolean {
    const { sharing, parent } = world.objects[object] ?? {};
    if (sharing === 'controlled_by_parent') {
      const master = world.records[parent?.object ?? '']?.find(
        (one) => one['id'] === row[parent?.field ?? ''],
      );
      if (master === undefined) return false;
      return may(user, parent?.object ?? '', level === 'read' ? 'read' : 'update', master);
    }
    if (level === 'read' && sharing !== 'private') return true;
    if (level === 'edit' && sharing === 'public_read_write') return true;
    const owner = row['owner_id'] as string | null;
    if (owner === user) return true;
    const mine = rolesOf(user);
    const ownerIsBelow = world.roleOf.some(
      (one) =>
        one.user === owner &&
        above(one.role)
          .slice(1)
          .some((role) => mine.includes(role)),
    );
    if (ownerIsBelow) return true;
    if (level === 'full') return false;
    const enough = (given: string) => level === 'read' || given === 'edit';
    const byRule = world.rules.some(
      (rule) =>
        rule.object === object &&
        enough(rule.accessLevel) &&
        means(rule.sharedWith, user) &&
        (rule.condition === undefined
          ? owner !== null && means(rule.ownedBy ?? '', owner)
          : holds(rule.condition, user, row)),
    );
    return (
      byRule ||
      world.shares.some(
        (one) =>
          one.object === object &&
          one.record === row['id'] &&
          !one.expired &&
          enough(one.level) &&
          means(one.grantee, user),
      )
    );
  }

  function policies(set: WorldSet, object: string, operation: WorldOperation): WorldPolicy[] {
    const name = {
      read: 'select',
      export: 'select',
      create: 'insert',
      update: 'update',
      transfer: 'update',
      delete: 'delete',
      restore: 'delete',
      purge: 'delete',
    }[operation];
    return set.policies.filter(
      (one) => one.object === object && (one.operation === 'all' || one.operation === name),
    );
  }

  function policyOpens(
    set: WorldSet,
    about: {
      user: string;
      object: string;
      operation: WorldOperation;
      row: WorldRow;
      after: boolean;
    },
  ): boolean {
    const { user, object, operation, row, after } = about;
    const all = policies(set, object, operation);
    if (all.length === 0) return true;
    return all
      .filter(
        (one) => one.roles === undefined || rolesOf(user).some((role) => one.roles?.includes(role)),
      )
      .some((one) => {
        const formula = after ? (one.check ?? one.using) : one.using;
        return formula === undefined || holds(formula, user, row);
      });
  }

  /** Users are seen by membership, and are no organization's to do anything else with. */
  function isOfOrganization(object: string, operation: WorldOperation, row: WorldRow): boolean {
    if (object !== 'user' || world.colleagues === undefined) return true;
    return ['read', 'export'].includes(operation) && world.colleagues.includes(String(row['id']));
  }

  /** May the user do this with the stored record? */
  function may(user: string, object: string, operation: WorldOperation, row: WorldRow): boolean {
    return isOfOrganization(object, operation, row) && mayAnywhere(user, object, operation, row);
  }

  /** The same, whatever organization the record is of. */
  function mayAnywhere(
    user: string,
    object: string,
    operation: WorldOperation,
    row: WorldRow,
  ): boolean {
    const level = ['read', 'export'].includes(operation)
      ? 'read'
      : operation === 'update'
        ? 'edit'
        : 'full';
    const open = setsOf(user).some((set) => {
      if (!grants(set, object, operation)) return false;
      const rights = set.objects[object] ?? set.objects['*'] ?? {};
      const all =
        rights['modifyAllRecords'] === true ||
        (level === 'read' && rights['viewAllRecords'] === true);
      if (!all && !sharesOpen(user, object, row, level)) return false;
      return policyOpens(set, { user, object, operation, row, after: false });
    });
    return open && (operation === 'read' || mayAnywhere(user, object, 'read', row));
  }

  return {
    may,
    /** May the user see what a person is called whom a record names? */
    mayBeNamed: (user: string, row: WorldRow) => mayAnywhere(user, 'user', 'read', row),
    /** True when one of the user's sets grants the operation at all. */
    mayAtAll: (user: string, object: string, operation: WorldOperation) =>
      setsOf(user).some((set) => grants(set, object, operation)) &&
      (operation === 'create' || setsOf(user).some((set) => grants(set, object, 'read'))),
    /** May the record be like this after a create or update? */
    mayLeave: (user: string, object: string, operation: 'create' | 'update', row: WorldRow) => {
      const granting = setsOf(user).filter((set) => grants(set, object, operation));
      const free = granting.some(
        (set) => (set.objects[object] ?? set.objects['*'])?.['modifyAllRecords'] === true,
      );
      const follows = world.objects[object]?.sharing === 'controlled_by_parent' && !free;
      if (follows && !sharesOpen(user, object, row, 'edit')) return false;
      return granting.some((set) =>
        policyOpens(set, { user, object, operation, row, after: true }),
      );
    },
    /** The fields that the user sees (`readable`) or may change (`editable`). */
    fields: (user: string, object: string, kind: 'readable' | 'editable') => {
      const declared = (world.objects[object]?.fields ?? []).filter((field) =>
        setsOf(user).some((set) => {
          const rights =
            set.fields[`${object}.${field}`] ?? set.fields[`${object}.*`] ?? set.fields['*.*'];
          if (rights === undefined) return false;
          return kind === 'editable'
            ? rights.editable === true
            : rights.editable === true || rights.readable !== false;
        }),
      );
      const byMembership = object === 'user' && world.colleagues !== undefined;
      const shown = byMembership ? ['id', 'revision'] : SYSTEM_FIELDS;
      const system = kind === 'readable' ? shown.filter((name) => name !== 'deleted_at') : [];
      return new Set<string>([...declared, ...system]);
    },
  };
}

/** What {@link createAccessOracle} makes. */
export type AccessOracle = ReturnType<typeof createAccessOracle>;
