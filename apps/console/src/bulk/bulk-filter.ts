import type { BulkFilter } from '@keycourier/ledger/bulk/bulk-action';
import { z } from 'zod';

import { filterNames, parseFilter, selectionOf, type ShipmentFilter } from '../shipments/shipment-filter.ts';

const held = z.object({ cause: z.string().min(1).max(500).optional(), snoozed: z.literal('yes').optional() });

/** The filter of Shipments or of Held, as a page's address has it. */
export interface ChosenFilter {
  filter: ShipmentFilter;
  cause: string | undefined;
  snoozed: 'yes' | undefined;
}

/** Null where a part is not understood: what is left would select more than was meant. */
export function parseChosen(search: unknown): ChosenFilter | null {
  const { filter, refused } = parseFilter(search);
  const ofHeld = held.safeParse(search);
  if (refused.length > 0 || !ofHeld.success || filter.dry !== undefined) return null;
  const { before: _before, ...rest } = filter;
  return { filter: rest, cause: ofHeld.data.cause, snoozed: ofHeld.data.snoozed };
}

export const isWholeTenant = ({ filter, cause, snoozed }: ChosenFilter): boolean =>
  cause === undefined && snoozed === undefined && filterNames.every((name) => filter[name] === undefined);

/** As the ledger keeps it. What is snoozed is left out of Held, unless that is what is listed. */
export function bulkFilterOf({ filter, cause, snoozed }: ChosenFilter): BulkFilter {
  const { dryRun: _dryRun, before: _before, since, until, ...rest } = selectionOf(filter);
  const parts = {
    ...rest,
    cause,
    snoozed: snoozed === 'yes' ? true : cause === undefined ? undefined : false,
    since: since?.toISOString(),
    until: until?.toISOString(),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/** A stored filter in words, one line a part. */
export const describeFilter = (filter: BulkFilter): readonly (readonly [string, string])[] =>
  Object.entries(filter).flatMap(([name, value]) =>
    name === 'snoozed' && value === false ? [] : [[titles[name] ?? name, textOf(value)] as const],
  );

const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.join(', ');
  return value === true ? 'yes' : String(value);
};

const titles: Readonly<Record<string, string>> = {
  statuses: 'Status',
  holdCodes: 'Hold',
  triggers: 'Trigger',
  cause: 'Cause of the hold',
  snoozed: 'Snoozed',
  user: 'Login or Okta id',
  name: 'Name',
  batchId: 'Batch',
  serial: 'Serial',
  trackingNumber: 'Tracking number',
  since: 'Requested from',
  until: 'Requested before',
};
