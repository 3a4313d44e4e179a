/** Rows of one bulk write. */
export const ROWS = 100;

/** Entries that a ledger adds up. */
export const FILES = [
  {
    file: 'objects/ledger.object.yml',
    text: `fields:
  name: { type: text, unique: true }
  total: { type: summary, summaryOperations: { object: entry, function: sum, field: amount } }
`,
  },
  {
    file: 'objects/entry.object.yml',
    text: `fields:
  batch: { type: text, index: true }
  text: { type: text, searchable: true }
  amount: { type: number, scale: 0 }
  number: { type: autonumber, format: 'E-{00000}' }
  ledger: { type: master_detail, reference: ledger }
`,
  },
];
