import type { SampleShipment } from './samples.ts';
import { checkedProfile, startOfTime } from './samples.ts';

const login = 'zuzana@work.example';
const atOrAfter = startOfTime.toISOString();
const signingKeys = [{ kid: 'signing-1' }];

/** Shipments as each stage leaves them for the next. */
export const stages = {
  ready: { plan: { order: 'ready', profileChecked: true }, secrets: { login, profile: checkedProfile() } },
  enrolled: {
    plan: { order: 'enrolled', credential: 'pending', profileChecked: true },
    credential: { enrollmentId: 'fwf0', keyId: 'key0', serial: null, firmware: null },
    secrets: {
      login,
      profile: checkedProfile(),
      requestEnvelopes: { pinRequestJwe: 'pin request key0', credRequestJwe: 'credential request key0' },
    },
  },
  placed: {
    plan: { order: 'placed', parcel: 'preparing', credential: 'pending', profileChecked: true },
    order: { providerId: 'order-1', placedAt: startOfTime, providerState: 3, isLocked: false },
    credential: { enrollmentId: 'fwf0', keyId: 'key0', serial: null, firmware: null },
    intents: { order: { at: atOrAfter, reference: 'shp_1-1', attempt: 1, expectsSignedPinCopy: true } },
    secrets: { login, profile: checkedProfile() },
  },
  programmed: {
    plan: {
      order: 'placed',
      parcel: 'in_transit',
      credential: 'pending',
      pin: 'sealed',
      programmed: true,
      profileChecked: true,
    },
    order: { providerId: 'order-1', placedAt: startOfTime, providerState: 103, isLocked: true },
    credential: { enrollmentId: 'fwf0', keyId: 'key0', serial: '1234', firmware: '5.7.4' },
    secrets: {
      login,
      profile: checkedProfile(),
      responseEnvelopes: {
        pinResponseJwe: 'pin response key0',
        credResponseJwe: 'credential response key0',
        signingKeys,
      },
      pinCopy: { jwe: 'pin copy order-1', signingKeys },
    },
  },
  active: {
    plan: {
      order: 'placed',
      parcel: 'in_transit',
      credential: 'active',
      pin: 'sealed',
      programmed: true,
      profileChecked: true,
    },
    order: { providerId: 'order-1', placedAt: startOfTime, providerState: 103, isLocked: true },
    credential: { enrollmentId: 'fwf0', keyId: 'key0', serial: '1234', firmware: '5.7.4' },
    intents: {
      order: { at: atOrAfter, reference: 'shp_1-1', attempt: 1, expectsSignedPinCopy: true },
      release: { at: atOrAfter },
    },
    secrets: { login, profile: checkedProfile(), pinCopy: { jwe: 'pin copy order-1', signingKeys } },
  },
} as const satisfies Record<string, SampleShipment>;
