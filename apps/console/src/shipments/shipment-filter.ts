import { holdCodes } from '@keycourier/journey/model/holds';
import { triggers } from '@keycourier/journey/model/shipment';
import { statuses } from '@keycourier/journey/model/status';
import { z } from 'zod';

const several = <const Value extends string>(values: readonly [Value, ...Value[]] | readonly Value[]) =>
  z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(values)).min(1));

const printed = z
  .string()
  .trim()
  .regex(/^[^\p{C}]{1,100}$/u);
const day = z.iso.date();

/** The filter of a list of shipments, as the page's query has it. Each part may be left out; all of it must hold. */
const parts = {
  status: several(statuses),
  hold: several(holdCodes),
  trigger: several(triggers),
  user: printed,
  serial: printed,
  tracking: printed,
  batch: z.string().regex(/^bat_[0-9a-z]{26}$/),
  since: day,
  until: day,
  dry: z.literal('yes'),
  before: z.string().regex(/^shp_[0-9a-z]{26}$/),
} as const;

type Parts = typeof parts;
export type FilterName = keyof Parts;
export type ShipmentFilter = { [Name in FilterName]?: z.output<Parts[Name]> | undefined };

export interface ParsedFilter {
  filter: ShipmentFilter;
  /** Parts that are not understood: they select nothing, and the page says so. */
  refused: readonly FilterName[];
}

const query = z.object(
  Object.fromEntries(Object.keys(parts).map((name) => [name, z.string().max(1_000).optional().catch(undefined)])),
);

/** Parses the query of a page's address. An empty part, as a form sends it, is none. */
export function parseFilter(search: unknown): ParsedFilter {
  const set = Object.entries(query.parse(search)).filter(([, value]) => value !== undefined && value !== '');
  const input = Object.fromEntries(set);
  const parsed = z.object(parts).partial().safeParse(input);
  if (parsed.success) return { filter: parsed.data, refused: [] };
  const refused = Object.keys(parts).filter((name) => parsed.error.issues.some(({ path: [at] }) => at === name));
  const kept = Object.fromEntries(Object.entries(input).filter(([name]) => !refused.includes(name)));
  return {
    filter: z.object(parts).partial().parse(kept),
    refused: filterNames.filter((name) => refused.includes(name)),
  };
}

export const filterNames: readonly FilterName[] = [
  'status',
  'hold',
  'trigger',
  'user',
  'serial',
  'tracking',
  'batch',
  'since',
  'until',
  'dry',
  'before',
];

/** The filter as a query: the page's address is its state. */
export function queryOf(filter: ShipmentFilter): string {
  const pairs = filterNames.flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]];
  });
  const text = new URLSearchParams(pairs).toString();
  return text === '' ? '' : `?${text}`;
}

const dayMs = 86_400_000;

/** The filter as the ledger takes it. */
export const selectionOf = ({
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
  before,
}: ShipmentFilter) => ({
  statuses: status,
  holdCodes: hold,
  triggers: trigger,
  user,
  serial,
  trackingNumber: tracking,
  batchId: batch,
  since: since === undefined ? undefined : new Date(since),
  // The day itself is included.
  until: until === undefined ? undefined : new Date(Date.parse(until) + dayMs),
  dryRun: dry !== undefined,
  before,
});
