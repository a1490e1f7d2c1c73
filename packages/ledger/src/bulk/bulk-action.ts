import { holdCodes } from '@keycourier/journey/model/holds';
import { triggers } from '@keycourier/journey/model/shipment';
import { statuses } from '@keycourier/journey/model/status';
import { bulkActions, type BulkAction as ActionName } from '@keycourier/journey/requests/bulk-actions';
import type { Selectable } from 'kysely';
import { z } from 'zod';

import { actorKinds } from '../console-tables.ts';
import { LedgerError } from '../errors.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { Sealing } from '../sealing.ts';
import type { ShipmentFilter } from '../shipments/list-shipments.ts';
import type { Tables } from '../tables.ts';

/** What an action on a filter is about, as it is stored: real shipments, never dry runs. */
export const bulkFilterSchema = z.strictObject({
  statuses: z.array(z.enum(statuses)).optional(),
  holdCodes: z.array(z.enum(holdCodes)).optional(),
  triggers: z.array(z.enum(triggers)).optional(),
  cause: z.string().max(500).optional(),
  snoozed: z.boolean().optional(),
  user: z.string().max(254).optional(),
  name: z.string().max(200).optional(),
  batchId: z.string().optional(),
  serial: z.string().max(100).optional(),
  trackingNumber: z.string().max(100).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});

export type BulkFilter = z.output<typeof bulkFilterSchema>;

export const selectionOf = ({ since, until, ...filter }: BulkFilter): ShipmentFilter => ({
  ...filter,
  since: since === undefined ? undefined : new Date(since),
  until: until === undefined ? undefined : new Date(until),
});

const actingSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('api_key'), id: z.string() }),
    z.strictObject({
      kind: z.literal('person'),
      login: z.string(),
      oktaUserId: z.string().nullable(),
      requester: z.string().optional(),
      isLocal: z.boolean().optional(),
    }),
    z.strictObject({ kind: z.literal('unknown_person') }),
  ])
  .nullable();

/** Who acts: the actor of the audit entries, and whom PINs are compared with. */
export const bulkActorSchema = z.strictObject({
  actor: z.strictObject({ kind: z.enum(actorKinds), id: z.string(), role: z.string() }),
  hand: actingSchema,
});
export type BulkActor = z.output<typeof bulkActorSchema>;

/** Who acts, as it is known before the ledger is asked whose keys there are. */
export type Acting = NonNullable<BulkActor['hand']>;

const sealedSchema = bulkActorSchema.extend({
  filter: bulkFilterSchema,
  reason: z.string().nullable(),
  requestId: z.string().nullable(),
  snoozeDays: z.int().nullable(),
});
export type SealedPart = z.output<typeof sealedSchema>;

export type BulkState = 'checking' | 'checked' | 'running' | 'ended';

export interface BulkAction extends SealedPart {
  id: string;
  tenant: string;
  action: ActionName;
  state: BulkState;
  /** An API key's id, or the reference of an operator's session. */
  access: string;
  /** Shipments that were selected, {@link maxBulkItems} at most. */
  total: number;
  /** The filter selects more. */
  isCutOff: boolean;
  createdAt: Date;
  checkedAt: Date | null;
  startedAt: Date | null;
  stopRequested: 'operator' | 'access_ended' | null;
  endedAt: Date | null;
}

/** More shipments are not taken at once. */
export const maxBulkItems = 10_000;

/** A dry run is too old to start the action after this time. */
export const dryRunValidMs = 60 * 60_000;

export const bulkColumns = [
  'id',
  'tenant',
  'action',
  'state',
  'sealed',
  'access',
  'total',
  'is_cut_off',
  'created_at',
  'checked_at',
  'started_at',
  'stop_requested',
  'ended_at',
] as const;

type Row = Pick<Selectable<Tables['bulk_actions']>, (typeof bulkColumns)[number]>;

const actionName = z.enum(bulkActions);

export const sealBulk = (sealing: Sealing, id: string, part: SealedPart): string =>
  sealing.seal(JSON.stringify(part), sealedContext.bulkAction(id));

export function bulkOf(sealing: Sealing, row: Row): BulkAction {
  const part = sealedSchema.safeParse(JSON.parse(sealing.unseal(row.sealed, sealedContext.bulkAction(row.id))));
  if (!part.success) throw new LedgerError('bad_row', `The bulk action ${row.id} is not as it was written`);
  return {
    ...part.data,
    id: row.id,
    tenant: row.tenant,
    action: actionName.parse(row.action),
    state: row.state,
    access: row.access,
    total: row.total,
    isCutOff: row.is_cut_off,
    createdAt: row.created_at,
    checkedAt: row.checked_at,
    startedAt: row.started_at,
    stopRequested: row.stop_requested,
    endedAt: row.ended_at,
  };
}
