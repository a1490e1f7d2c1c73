import type { CredentialState, OrderState, ParcelState, PinState } from '@keycourier/journey/model/plan';
import type { Intents, Problem, Shipment } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';
import { sql, type ColumnType, type Generated, type JSONColumnType } from 'kysely';

type Time = Date;
/** A column that is `bigint`: node-postgres gives those as text. */
type BigInteger = ColumnType<string, string | number | undefined, string | number>;
/** Stored holds keep their time as ISO text. */
export type StoredHold = { code: string; problems: readonly Problem[]; since: string };

export interface ShipmentsTable {
  id: string;
  tenant: string;
  trigger: Shipment['trigger'];
  purpose: Shipment['purpose'];
  person: string;
  okta_user_id: string | null;
  login_index: string | null;
  note: string | null;
  product_id: string;
  inventory_product_id: string;
  customization_id: string;
  group_id: string | null;
  directory_person_id: string | null;
  dry_run: Generated<boolean>;
  order_state: OrderState;
  parcel_state: ParcelState;
  credential_state: CredentialState;
  pin_state: PinState;
  hold_code: string | null;
  hold_problems: JSONColumnType<readonly Problem[]> | null;
  hold_since: Time | null;
  hold_cause: string | null;
  failure: JSONColumnType<NonNullable<Shipment['failure']>> | null;
  lifted_hold: JSONColumnType<StoredHold> | null;
  suspended_since: Time | null;
  suspension_lifted: Generated<boolean>;
  status: Status;
  profile_checked: Generated<boolean>;
  programmed: Generated<boolean>;
  in_slot: Generated<boolean>;
  receipt_confirmed: Generated<boolean>;
  release_overridden: Generated<boolean>;
  cancel_requested: Generated<boolean>;
  revoke_requested: Generated<boolean>;
  edit_requested: Generated<boolean>;
  position: BigInteger;
  pin_recipient: Shipment['pinPolicy']['recipient'];
  pin_channel: Shipment['pinPolicy']['channel'];
  pin_release: Shipment['pinPolicy']['release'];
  pin_sent_to: string | null;
  pin_sent_at: Time | null;
  provider_order_id: string | null;
  provider_state: number | null;
  order_locked: Generated<boolean>;
  profile_changed: Generated<boolean>;
  placed_at: Time | null;
  carrier: string | null;
  tracking_number: string | null;
  tracking_url: string | null;
  in_transit_since: Time | null;
  enrollment_id: string | null;
  credential_key_id: string | null;
  serial: string | null;
  firmware: string | null;
  intents: ColumnType<Intents, string | undefined, string>;
  duplicate_of: string | null;
  hub_user_id: string | null;
  hub_drift: string[] | null;
  batch_id: string | null;
  batch_row: number | null;
  batch_person: string | null;
  requested_by: string | null;
  created_at: Time;
  updated_at: Time;
}

const everyColumn: Readonly<Record<keyof ShipmentsTable, true>> = {
  id: true,
  tenant: true,
  trigger: true,
  purpose: true,
  person: true,
  okta_user_id: true,
  login_index: true,
  note: true,
  product_id: true,
  inventory_product_id: true,
  customization_id: true,
  group_id: true,
  directory_person_id: true,
  dry_run: true,
  order_state: true,
  parcel_state: true,
  credential_state: true,
  pin_state: true,
  hold_code: true,
  hold_problems: true,
  hold_since: true,
  hold_cause: true,
  failure: true,
  lifted_hold: true,
  suspended_since: true,
  suspension_lifted: true,
  status: true,
  profile_checked: true,
  programmed: true,
  in_slot: true,
  receipt_confirmed: true,
  release_overridden: true,
  cancel_requested: true,
  revoke_requested: true,
  edit_requested: true,
  position: true,
  pin_recipient: true,
  pin_channel: true,
  pin_release: true,
  pin_sent_to: true,
  pin_sent_at: true,
  provider_order_id: true,
  provider_state: true,
  order_locked: true,
  profile_changed: true,
  placed_at: true,
  carrier: true,
  tracking_number: true,
  tracking_url: true,
  in_transit_since: true,
  enrollment_id: true,
  credential_key_id: true,
  serial: true,
  firmware: true,
  intents: true,
  duplicate_of: true,
  hub_user_id: true,
  hub_drift: true,
  batch_id: true,
  batch_row: true,
  batch_person: true,
  requested_by: true,
  created_at: true,
  updated_at: true,
};

/** Named, since a prepared statement must return the same columns after a later version has added one. */
export const allColumns = sql.raw(
  Object.keys(everyColumn)
    .map((name) => `shipments.${name}`)
    .join(', '),
);
