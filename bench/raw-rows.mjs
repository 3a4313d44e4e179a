// What raw SQL writes and reads, the same on both databases.

/** What a list returns: what the engine returns by default. */
export const COLUMNS =
  'id, name, email, status, amount, account, campaign, created_at, created_by, updated_at, updated_by, owner_id, organization_id, revision';

export const INSERT =
  'INSERT INTO contact (id, name, email, status, amount, account, campaign, created_at, updated_at, revision) VALUES ';
export const WIDTH = 10;

/** An entry of the change log, as the engine writes one. */
export const INSERT_CHANGE = `INSERT INTO sys_change_log (object, record_id, operation, revision, changed, after, actor, request_id, at) VALUES ('contact', ?, 'create', 1, ?, ?, 'system:bench', 'raw', ?)`;

const FIELDS = ['id', 'name', 'email', 'status', 'amount', 'account', 'campaign'];

/** The values of an entry of the change log for a row of {@link INSERT}. */
export function changeOf(row) {
  const after = Object.fromEntries(FIELDS.map((name, at) => [name, row[at]]));
  const changed = JSON.stringify(FIELDS.slice(1));
  return [row[0], changed, JSON.stringify({ ...after, created_at: row[7], revision: 1 }), row[7]];
}

/** `?, ?, ?` */
export function marks(count) {
  return Array.from({ length: count }, () => '?').join(', ');
}
