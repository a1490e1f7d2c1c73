import type { Change } from '@keycourier/journey/model/change';
import type { CheckedProfile } from '@keycourier/journey/model/profile';
import { move } from '@keycourier/ledger/shipments/move';

import type { RunningApi } from './running-api.ts';

/** Applies changes without running steps: each must be legal by the plan, or the test fails. */
export async function advance(
  { ledger }: RunningApi,
  shipmentId: string,
  ...changes: readonly Change[]
): Promise<void> {
  for (const change of changes)
    await move(ledger, shipmentId, ({ plan }) => ({
      // A provider's order belongs to one shipment.
      change: plan.order === 'placing' ? { ...change, orderDetails: { providerId: `order-of-${shipmentId}` } } : change,
      note: { event: 'test.moved' },
    }));
}

/** Up to a placed order. */
export const placed: readonly Change[] = [
  { order: 'ready', profileChecked: true },
  { order: 'enrolling' },
  { order: 'enrolled', credential: 'pending' },
  { order: 'placing' },
  { order: 'placed', parcel: 'preparing' },
];

/** Up to an active credential with a PIN that waits for release. */
export const activated: readonly Change[] = [
  ...placed,
  { parcel: 'in_transit', programmed: true, pin: 'sealed', secrets: { pinCopy: { jwe: 'x' } } },
  { credential: 'active' },
];

/** Requests a shipment of globex. @returns its id */
export async function requestFor(api: RunningApi, login: string): Promise<string> {
  const { body } = await api.call('POST', '/v1/shipments', { body: { login } });
  return String(body['id']);
}

/** A hold for profile problems. */
export const held = {
  hold: {
    code: 'profile_problems',
    problems: [
      { field: 'zipCode', code: 'not_a_postal_code' },
      { field: 'streetAddress', code: 'po_box' },
    ],
    since: new Date('2026-01-02T03:04:05.000Z'),
  },
} as const satisfies Change;

/** A new user's profile that a check has found shippable. */
export const profile = {
  firstName: 'Adaline',
  lastName: 'Lovelace',
  email: 'ada.primary@globex.example',
  secondEmail: 'ada.private@home.example',
  primaryPhone: '+493023125123',
  organization: 'Globex',
  streetLine1: 'Musterweg 3',
  streetLine2: null,
  city: 'Berlin',
  state: null,
  zipCode: '10115',
  countryCode: 'DE',
  isNewUser: true,
  sources: {
    firstName: 'okta',
    lastName: 'okta',
    email: 'okta',
    primaryPhone: 'hris',
    organization: 'override',
    streetAddress: 'correction',
    city: 'correction',
    zipCode: 'correction',
    countryCode: 'okta',
  },
  normalisations: [{ field: 'primaryPhone', rule: 'phone_to_e164' }],
} as const satisfies CheckedProfile;
