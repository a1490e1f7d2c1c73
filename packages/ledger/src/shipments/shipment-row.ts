import { causeOf } from '@keycourier/journey/model/cause';
import type { Hold, Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import type { Insertable, Selectable, Updateable } from 'kysely';

import type { NewRowShipment } from './new-shipment.ts';
import { readDrift, readFailure, readHold, readIntents } from './parse-stored.ts';
import type { ShipmentsTable } from './shipments-table.ts';

export type ShipmentRow = Selectable<ShipmentsTable>;

/** The shipment of a row, with its unsealed secrets. */
export function shipmentFromRow(row: ShipmentRow, secrets: Shipment['secrets'], note: string | null): Shipment {
  return {
    id: row.id,
    tenant: row.tenant,
    trigger: row.trigger,
    purpose: row.purpose,
    note,
    user: { id: row.okta_user_id },
    hubUser: row.hub_user_id === null ? null : { id: row.hub_user_id, drift: readDrift(row.hub_drift ?? []) },
    product: {
      productId: row.product_id,
      inventoryProductId: row.inventory_product_id,
      customizationId: row.customization_id,
    },
    groupId: row.group_id,
    directoryPersonId: row.directory_person_id,
    plan: planFromRow(row),
    hold: holdFromRow(row),
    failure: row.failure === null ? null : readFailure(row.failure),
    liftedHold: row.lifted_hold === null ? null : readHold(row.lifted_hold),
    suspension: row.suspended_since === null ? null : { since: row.suspended_since, isLifted: row.suspension_lifted },
    pinPolicy: { recipient: row.pin_recipient, channel: row.pin_channel, release: row.pin_release },
    pin: { sentTo: row.pin_sent_to, sentAt: row.pin_sent_at },
    ...detailsFromRow(row),
    intents: readIntents(row.intents),
    duplicateOf: row.duplicate_of,
    batchId: row.batch_id,
    batchRow: row.batch_row,
    requestedBy: row.requested_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    secrets,
  };
}

/** The details that the provider and Okta return. */
function detailsFromRow(row: ShipmentRow): Pick<Shipment, 'order' | 'parcel' | 'credential'> {
  return {
    order: {
      providerId: row.provider_order_id,
      placedAt: row.placed_at,
      providerState: row.provider_state,
      isLocked: row.order_locked,
      ...(row.profile_changed ? { profileChanged: true } : {}),
    },
    parcel: {
      carrier: row.carrier,
      trackingNumber: row.tracking_number,
      trackingUrl: row.tracking_url,
      inTransitSince: row.in_transit_since,
    },
    credential: {
      enrollmentId: row.enrollment_id,
      keyId: row.credential_key_id,
      serial: row.serial,
      firmware: row.firmware,
    },
  };
}

/** The columns that the plan is made of. */
export const planColumns = [
  'order_state',
  'parcel_state',
  'credential_state',
  'pin_state',
  'hold_code',
  'profile_checked',
  'in_slot',
  'programmed',
  'pin_release',
  'release_overridden',
  'receipt_confirmed',
  'cancel_requested',
  'revoke_requested',
  'edit_requested',
  'dry_run',
] as const satisfies readonly (keyof ShipmentRow)[];

export function planFromRow(row: Pick<ShipmentRow, (typeof planColumns)[number]>): Shipment['plan'] {
  return {
    order: row.order_state,
    parcel: row.parcel_state,
    credential: row.credential_state,
    pin: row.pin_state,
    held: row.hold_code !== null,
    profileChecked: row.profile_checked,
    inSlot: row.in_slot,
    programmed: row.programmed,
    release: row.pin_release,
    releaseOverridden: row.release_overridden,
    receiptConfirmed: row.receipt_confirmed,
    cancelRequested: row.cancel_requested,
    revokeRequested: row.revoke_requested,
    editRequested: row.edit_requested,
    dryRun: row.dry_run,
  };
}

function holdFromRow(row: ShipmentRow): Hold | null {
  if (row.hold_code === null) return null;
  return readHold({ code: row.hold_code, problems: row.hold_problems ?? [], since: row.hold_since ?? row.updated_at });
}

/** The columns of a shipment, except those that need the ledger's keys: the person, the login's hash and the sealed note. */
export function columnsOf(shipment: Shipment): Updateable<ShipmentsTable> & Omit<Insertable<ShipmentsTable>, 'person'> {
  return {
    duplicate_of: shipment.duplicateOf,
    ...requestColumnsOf(shipment),
    ...planColumnsOf(shipment),
    ...detailColumnsOf(shipment),
  };
}

/** The columns in which the shipments of a batch differ. */
export const rowColumnsOf = ({ id, purpose, user, product, batchRow }: NewRowShipment) => ({
  id,
  purpose,
  okta_user_id: user.id,
  product_id: product.productId,
  inventory_product_id: product.inventoryProductId,
  customization_id: product.customizationId,
  batch_row: batchRow,
});

function requestColumnsOf(shipment: Shipment) {
  return {
    tenant: shipment.tenant,
    trigger: shipment.trigger,
    group_id: shipment.groupId,
    directory_person_id: shipment.directoryPersonId,
    pin_recipient: shipment.pinPolicy.recipient,
    pin_channel: shipment.pinPolicy.channel,
    hub_user_id: shipment.hubUser?.id ?? null,
    hub_drift: shipment.hubUser === null ? null : [...shipment.hubUser.drift],
    batch_id: shipment.batchId,
    requested_by: shipment.requestedBy,
    created_at: shipment.createdAt,
    updated_at: shipment.updatedAt,
    ...rowColumnsOf(shipment),
  };
}

function planColumnsOf({ plan, hold, failure, liftedHold, suspension }: Shipment) {
  return {
    dry_run: plan.dryRun,
    order_state: plan.order,
    parcel_state: plan.parcel,
    credential_state: plan.credential,
    pin_state: plan.pin,
    hold_code: hold?.code ?? null,
    hold_problems: hold === null ? null : JSON.stringify(hold.problems),
    hold_since: hold?.since ?? null,
    hold_cause: hold === null ? null : causeOf(hold),
    failure: failure === null ? null : JSON.stringify(failure),
    lifted_hold: liftedHold === null ? null : JSON.stringify(liftedHold),
    suspended_since: suspension?.since ?? null,
    suspension_lifted: suspension?.isLifted ?? false,
    status: statusOf(plan),
    profile_checked: plan.profileChecked,
    programmed: plan.programmed,
    in_slot: plan.inSlot,
    receipt_confirmed: plan.receiptConfirmed,
    release_overridden: plan.releaseOverridden,
    cancel_requested: plan.cancelRequested,
    revoke_requested: plan.revokeRequested,
    edit_requested: plan.editRequested,
    pin_release: plan.release,
  };
}

function detailColumnsOf({ pin, order, parcel, credential, intents }: Shipment) {
  return {
    pin_sent_to: pin.sentTo,
    pin_sent_at: pin.sentAt,
    provider_order_id: order.providerId,
    provider_state: order.providerState,
    order_locked: order.isLocked,
    profile_changed: order.profileChanged ?? false,
    placed_at: order.placedAt,
    carrier: parcel.carrier,
    tracking_number: parcel.trackingNumber,
    tracking_url: parcel.trackingUrl,
    in_transit_since: parcel.inTransitSince,
    enrollment_id: credential.enrollmentId,
    credential_key_id: credential.keyId,
    serial: credential.serial,
    firmware: credential.firmware,
    intents: JSON.stringify(intents),
  };
}
