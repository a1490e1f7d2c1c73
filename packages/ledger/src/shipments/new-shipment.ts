import type { PlanState } from '@keycourier/journey/model/plan';
import type { OverridableField, Overrides } from '@keycourier/journey/model/profile';
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

export function newShipment(ledger: Ledger, request: CreateRequest): Shipment {
  const now = ledger.now();
  const { pinPolicy, login, overrides } = request;
  return {
    ...nothingYet,
    id: newId('shp'),
    tenant: request.tenant,
    trigger: request.trigger,
    purpose: request.purpose,
    note: request.note ?? null,
    user: { id: request.userId },
    product: request.product,
    groupId: request.groupId,
    directoryPersonId: request.directory?.personId ?? null,
    plan: { ...initialPlan, release: pinPolicy.release, dryRun: request.dryRun ?? false },
    pinPolicy,
    batchId: request.batchId ?? null,
    batchRow: request.batchRow ?? null,
    requestedBy: request.requestedBy ?? null,
    createdAt: now,
    updatedAt: now,
    secrets: {
      ...(login === null ? {} : { login }),
      ...(overrides === undefined || Object.keys(overrides).length === 0 ? {} : { overrides: asOverrides(overrides) }),
    },
  };
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
  duplicateOf: null,
} as const satisfies Partial<Shipment>;

const asOverrides = (values: NonNullable<CreateRequest['overrides']>): Overrides => ({
  values: Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, source: 'override' }])),
  replaced: {},
});
