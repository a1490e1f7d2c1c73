import type { ShipmentFilter } from './shipment-filter.ts';

/** The list as a `keycourier` command. */
export function commandOf({
  status,
  hold,
  trigger,
  user,
  serial,
  tracking,
  batch,
  since,
  until,
  dry,
}: ShipmentFilter): string {
  const options = [
    ...(status === undefined ? [] : ['--status', ...status]),
    ...(hold === undefined ? [] : ['--hold', ...hold]),
    ...(trigger === undefined ? [] : ['--trigger', ...trigger]),
    ...(user === undefined ? [] : ['--user', quote(user)]),
    ...(serial === undefined ? [] : ['--serial', quote(serial)]),
    ...(tracking === undefined ? [] : ['--tracking', quote(tracking)]),
    ...(batch === undefined ? [] : ['--batch', batch]),
    ...(since === undefined ? [] : ['--since', `${since}T00:00:00Z`]),
    ...(until === undefined ? [] : ['--until', `${until}T23:59:59Z`]),
    ...(dry === undefined ? [] : ['--dry-run']),
  ];
  return ['keycourier', 'list', ...options].join(' ');
}

/** For a POSIX shell. */
const quote = (text: string): string => (/^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
