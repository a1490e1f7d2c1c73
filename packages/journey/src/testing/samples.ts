import type { HoldCode } from '../model/holds.ts';
import type { PlanState } from '../model/plan.ts';
import type { CheckedProfile, ProfileField, SourcedProfile } from '../model/profile.ts';
import type { Hold, Shipment } from '../model/shipment.ts';
import type { Product, Tenant } from '../model/tenant.ts';
import type { AddressVerdict } from '../ports/address.ts';
import type { IdentityUser } from '../ports/identity.ts';

export const startOfTime = new Date('2026-03-02T09:00:00.000Z');

export const product: Product = { productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' };
export const otherProduct: Product = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };

export const sampleTenant: Tenant = {
  name: 'acme',
  products: [product, otherProduct],
  groups: [
    { id: '00g1', ...product },
    { name: 'YubiKey 5C NFC', ...otherProduct },
  ],
  pin: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
  polling: { firstAfterMs: 15 * 60_000, everyMs: 6 * 3_600_000, profileEveryMs: 12 * 3_600_000, maxTransitDays: 30 },
  reconcileAfterMs: 120_000,
  deactivationGraceMs: 3_600_000,
  mailsPeople: true,
  deliveryType: 1,
  sources: {},
  keysIn: 'spoke',
  pinAddressesFrom: 'spoke',
  registration: null,
  hubRegistration: null,
};

/** Values that may be only in a secret or a call: tests look for them in everything stored in plain text or logged. */
export const profileValues: Readonly<Record<ProfileField, string>> = {
  firstName: 'Zuzana',
  lastName: 'Quillfeather',
  email: 'zuzana@work.example',
  secondEmail: 'zuzana@home.example',
  primaryPhone: '+15035550188',
  organization: 'Northlight',
  streetAddress: '1 Lighthouse Road',
  city: 'Astoria',
  state: 'OR',
  zipCode: '97103',
  countryCode: 'US',
};

export function sourced(values: Partial<Record<ProfileField, string | null>> = {}): SourcedProfile {
  const entries = Object.entries({ ...profileValues, ...values }).flatMap(([field, value]) =>
    value === null ? [] : [[field, { value, source: 'okta' as const }] as const],
  );
  return Object.fromEntries(entries);
}

export function sampleUser(fields: Partial<IdentityUser> = {}): IdentityUser {
  return { id: '00u1', login: profileValues.email, status: 'active', profile: sourced(), ...fields };
}

/** A simple address check: a missing attribute is a problem, the rest is the label. */
export function checkSampleAddress(profile: SourcedProfile, { isNewUser }: { isNewUser: boolean }): AddressVerdict {
  const missing = (['firstName', 'email', 'streetAddress', 'city'] as const).filter(
    (field) => profile[field] === undefined,
  );
  const needed = isNewUser && profile.secondEmail === undefined ? [...missing, 'secondEmail' as const] : missing;
  if (needed.length > 0)
    return { outcome: 'problems', problems: needed.map((field) => ({ field, code: 'missing' })), suggestion: {} };
  return { outcome: 'shippable', profile: { ...checkedProfile(valuesOf(profile)), isNewUser } };
}

function valuesOf(profile: SourcedProfile): Partial<Record<ProfileField, string>> {
  return Object.fromEntries(Object.entries(profile).map(([field, sourcedValue]) => [field, sourcedValue.value]));
}

export function checkedProfile(values: Partial<Record<ProfileField, string>> = profileValues): CheckedProfile {
  return {
    firstName: values.firstName ?? '',
    lastName: values.lastName ?? '',
    email: values.email ?? '',
    secondEmail: values.secondEmail ?? null,
    primaryPhone: values.primaryPhone ?? '',
    organization: values.organization ?? '',
    streetLine1: values.streetAddress ?? '',
    streetLine2: null,
    city: values.city ?? '',
    state: values.state ?? null,
    zipCode: values.zipCode ?? '',
    countryCode: values.countryCode ?? '',
    isNewUser: false,
    sources: {},
    normalisations: [{ field: 'primaryPhone', rule: 'e164' }],
  };
}

export const initialPlan: PlanState = {
  order: 'requested',
  parcel: 'none',
  credential: 'none',
  pin: 'none',
  held: false,
  profileChecked: false,
  inSlot: false,
  programmed: false,
  release: 'on_activation',
  releaseOverridden: false,
  receiptConfirmed: false,
  cancelRequested: false,
  revokeRequested: false,
  editRequested: false,
  dryRun: false,
};

export const sampleHold = (code: HoldCode, fields: Partial<Hold> = {}): Hold => ({
  code,
  problems: [],
  since: startOfTime,
  ...fields,
});

export type SampleShipment = Partial<Omit<Shipment, 'plan'>> & { plan?: Partial<PlanState> };

/** A new shipment with these fields; `plan.held` follows from the hold, and the release from the PIN's policy. */
export function sampleShipment({ plan, ...fields }: SampleShipment = {}): Shipment {
  const pinPolicy = fields.pinPolicy ?? sampleTenant.pin;
  return {
    id: 'shp_1',
    tenant: sampleTenant.name,
    trigger: 'api',
    purpose: 'primary',
    note: null,
    user: { id: '00u1' },
    hubUser: null,
    product,
    groupId: null,
    directoryPersonId: null,
    hold: null,
    failure: null,
    liftedHold: null,
    suspension: null,
    pinPolicy,
    pin: { sentTo: null, sentAt: null },
    order: { providerId: null, placedAt: null, providerState: null, isLocked: false },
    parcel: { carrier: null, trackingNumber: null, trackingUrl: null, inTransitSince: null },
    credential: { enrollmentId: null, keyId: null, serial: null, firmware: null },
    intents: {},
    duplicateOf: null,
    batchId: null,
    batchRow: null,
    requestedBy: null,
    createdAt: startOfTime,
    updatedAt: startOfTime,
    secrets: { login: profileValues.email },
    ...fields,
    plan: { ...initialPlan, release: pinPolicy.release, held: (fields.hold ?? null) !== null, ...plan },
  };
}
