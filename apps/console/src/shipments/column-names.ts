/** Columns of lists of shipments, in the order in which they are shown. The person is always the first. */
export const columnTitles = {
  status: 'Status',
  key: 'Key',
  serial: 'Serial',
  tracking: 'Tracking',
  origin: 'Requested by',
  requested: 'Requested',
  changed: 'Changed',
  pinSent: 'PIN mailed',
} as const;

export type ColumnName = keyof typeof columnTitles;

export const columnNames: readonly ColumnName[] = [
  'status',
  'key',
  'serial',
  'tracking',
  'origin',
  'requested',
  'changed',
  'pinSent',
];

const standard: readonly ColumnName[] = ['status', 'key', 'requested', 'changed'];

/** Of names that were stored; the standard ones where none was chosen. One that a later version has is left out. */
export function columnsIn(stored: readonly string[]): readonly ColumnName[] {
  const known = columnNames.filter((name) => stored.includes(name));
  return known.length === 0 ? standard : known;
}
