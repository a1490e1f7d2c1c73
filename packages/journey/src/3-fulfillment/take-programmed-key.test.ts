import { describe, expect, test } from '@jest/globals';

import type { ProgrammedKey } from '../ports/fulfillment.ts';
import { sampleState, sampleStateIds } from '../testing/sample-states.ts';
import { sampleShipment, sampleTenant, startOfTime, type SampleShipment } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';
import { followOrder } from './follow-order.ts';
import { takeProgrammedKey, type SeenOrder } from './take-programmed-key.ts';

const signingKeys = [{ kid: 'signing-1' }];
const ours = { keyId: 'key0', jwe: 'our response' };
const key: ProgrammedKey = {
  serial: '1234',
  firmware: '5.7.4',
  pinResponseJwe: 'pin response',
  credResponses: [ours],
  pinCopyJwe: 'pin copy',
};

const orderWith = (programmed: ProgrammedKey | null, stateId = 103): SeenOrder => ({
  orderId: 'order-1',
  state: sampleState(stateId),
  reference: 'shp_1-1',
  recipientEmail: null,
  createdAt: null,
  carrier: null,
  trackingNumber: null,
  trackingUrl: null,
  suggestion: null,
  programmed,
  signingKeys,
});
const take = (fields: Partial<ProgrammedKey> | null, shipment: SampleShipment = {}) =>
  takeProgrammedKey(
    sampleShipment({ ...stages.placed, ...shipment }),
    orderWith(fields === null ? null : { ...key, ...fields }),
  );

describe('the response for our enrollment', () => {
  test('is taken: the envelopes for Okta, and the sealed copy of the PIN', () => {
    expect(take({})).toEqual({
      change: {
        programmed: true,
        pin: 'sealed',
        credentialDetails: { serial: '1234', firmware: '5.7.4' },
        secrets: {
          responseEnvelopes: { pinResponseJwe: 'pin response', credResponseJwe: 'our response', signingKeys },
          pinCopy: { jwe: 'pin copy', signingKeys },
        },
      },
    });
  });

  test.each([
    ['first', [ours, { keyId: 'key9', jwe: 'theirs' }]],
    ['last', [{ keyId: 'key9', jwe: 'theirs' }, { keyId: null, jwe: 'whose?' }, ours]],
  ])('is found by its key id, at any position: %s', (_, credResponses) => {
    expect(take({ credResponses })?.change.secrets?.responseEnvelopes?.credResponseJwe).toBe('our response');
  });

  test.each<[string, ProgrammedKey['credResponses']]>([
    ['there is none', []],
    ['the only one has another key id', [{ keyId: 'key9', jwe: 'theirs' }]],
    ['the only one has no key id', [{ keyId: null, jwe: 'whose?' }]],
    ['two have our key id', [ours, { ...ours, jwe: 'another' }]],
  ])('is held when %s', (_, credResponses) => {
    expect(take({ credResponses })).toEqual({
      change: { credentialDetails: { serial: '1234', firmware: '5.7.4' } },
      hold: 'credential_unmatched',
    });
  });

  test.each<[string, string | null]>([
    ['of another attempt', 'shp_1-2'],
    ['of another shipment', 'shp_2-1'],
    ['of another customer', 'PO 4711'],
  ])('is held when the answer names the reference %s', (_, reference) => {
    const answer = { ...orderWith(key), reference };
    expect(takeProgrammedKey(sampleShipment(stages.placed), answer)?.hold).toBe('credential_unmatched');
  });

  test('is taken when the answer names no reference', () => {
    const answer = { ...orderWith(key), reference: null };
    expect(takeProgrammedKey(sampleShipment(stages.placed), answer)?.hold).toBeUndefined();
  });

  test('is never matched by two key ids that are both missing', () => {
    const credential = { ...stages.placed.credential, keyId: null };
    expect(take({ credResponses: [{ keyId: null, jwe: 'whose?' }] }, { credential })?.hold).toBe(
      'credential_unmatched',
    );
  });

  test('is not taken without the copy of the PIN, where we mail the PIN', () => {
    expect(take({ pinCopyJwe: null })).toMatchObject({ hold: 'pin_copy_missing' });
  });

  test.each(['pin copy', null])('is taken without any copy of the PIN where Okta mails it (%j)', (pinCopyJwe) => {
    const taken = take({ pinCopyJwe }, { pinPolicy: { ...sampleTenant.pin, channel: 'okta' } });
    expect(taken).toMatchObject({ change: { programmed: true, pin: 'sealed' } });
    expect(taken?.change.secrets).not.toHaveProperty('pinCopy');
  });

  test.each<[string, ProgrammedKey | null, SampleShipment]>([
    ['the key is not programmed', null, {}],
    ['it was taken before', key, { plan: { ...stages.placed.plan, programmed: true, pin: 'sealed' } }],
    ['the credential is active', key, { plan: { ...stages.placed.plan, credential: 'active' } }],
    ['there is no enrollment', key, { plan: { ...stages.placed.plan, credential: 'none' } }],
  ])('is left when %s', (_, programmed, shipment) => {
    expect(take(programmed, shipment)).toBeNull();
  });
});

test.each([...sampleStateIds, 9999])('the key is taken in state %i like in any other, under a hold too', (stateId) => {
  const at = { now: startOfTime, maxTransitDays: 30 };
  expect(followOrder(sampleShipment(stages.placed), orderWith(key, stateId), at)?.change).toMatchObject({
    programmed: true,
    pin: 'sealed',
  });
});
