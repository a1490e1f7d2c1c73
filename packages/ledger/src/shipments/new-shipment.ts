import type { PlanState } from '@keycourier/journey/model/plan';
import { overridableFields, type OverridableField, type Overrides } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { ShipmentRequest } from '@keycourier/journey/ports/ledger';

import type { Ledger } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';

export interface CreateRequest extends ShipmentRequest {
  pinPolicy: PinPolicy;
  dryRun?: boolean;
  note?: string | null;
  overrides?: Readonly<Partial<Record<OverridableField, string>>>;
  batchId?: string | null;
  batchRow?: number | null;
  requestedBy?: string | null;
  /** False where the caller notifies the relay once its transaction has committed. */
  notify?: boolean;
}

export function newShipment(ledger: Pick<Ledger, 'now'>, request: CreateRequest): Shipment {
  const now = ledger.now();
  const { pinPolicy } = request;
  return {
    tenant: request.tenant,
    trigger: request.trigger,
    groupId: request.groupId,
    directoryPersonId: request.directory?.personId ?? null,
    plan: { release: pinPolicy.release, dryRun: request.dryRun ?? false, ...initialPlan },
    pinPolicy,
    batchId: request.batchId ?? null,
    requestedBy: request.requestedBy ?? null,
    createdAt: now,
    updatedAt: now,
    // No spread comes first (CONTRIBUTING.md).
    ...newRowOf(request),
    ...nothingYet,
  };
}

/** What the rows of a batch differ in. */
export type RowOfBatch = Pick<
  CreateRequest,
  'purpose' | 'userId' | 'login' | 'product' | 'note' | 'overrides' | 'batchRow'
>;

export type NewRowShipment = Pick<Shipment, 'id' | 'purpose' | 'note' | 'user' | 'product' | 'batchRow' | 'secrets'>;

/** What a new shipment has of its row; all else is the same for a whole batch. */
export function newRowOf(
  { purpose, userId, login, product, note, overrides, batchRow }: RowOfBatch,
  id: string = newId('shp'),
): NewRowShipment {
  return {
    id,
    purpose,
    note: note ?? null,
    user: { id: userId },
    product,
    batchRow: batchRow ?? null,
    secrets: secretsOf(login, overrides),
  };
}

function secretsOf(login: string | null, overrides: CreateRequest['overrides'] = {}): Shipment['secrets'] {
  const secrets: { login?: string; overrides?: Overrides } = {};
  if (login !== null) secrets.login = login;
  if (Object.keys(overrides).length > 0) secrets.overrides = asOverrides(overrides);
  return secrets;
}

const initialPlan: Omit<PlanState, 'release' | 'dryRun'> = {
  order: 'requested',
  parcel: 'none',
  credential: 'none',
  pin: 'none',
  held: false,
  profileChecked: false,
  inSlot: false,
  programmed: false,
  releaseOverridden: false,
  receiptConfirmed: false,
  cancelRequested: false,
  revokeRequested: false,
  editRequested: false,
};

/** The steps write these later. */
const nothingYet = {
  hold: null,
  failure: null,
  liftedHold: null,
  suspension: null,
  pin: { sentTo: null, sentAt: null },
  order: { providerId: null, placedAt: null, providerState: null, isLocked: false },
  parcel: { carrier: null, trackingNumber: null, trackingUrl: null, inTransitSince: null },
  credential: { enrollmentId: null, keyId: null, serial: null, firmware: null },
  intents: {},
  hubUser: null,
  duplicateOf: null,
} as const satisfies Partial<Shipment>;

function asOverrides(values: NonNullable<CreateRequest['overrides']>): Overrides {
  const found: { -readonly [Field in OverridableField]?: NonNullable<Overrides['values'][Field]> } = {};
  for (const field of overridableFields) {
    const value = values[field];
    if (value !== undefined) found[field] = { value, source: 'override' };
  }
  return { values: found, replaced: {} };
}
