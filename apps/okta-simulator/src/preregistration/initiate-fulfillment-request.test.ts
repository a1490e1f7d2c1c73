import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

const path = '/webauthn-registration/api/v1/initiate-fulfillment-request';
const twoKeys = z
  .object({ fulfillmentData: z.array(z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/trials/two-keys-at-once.json', import.meta.url), 'utf8')));

let org: RunningOrg;
beforeAll(async () => {
  org = await startOrg();
});
afterAll(() => org.close());

test('an initiation for two keys raises an event for each, with one user and one factor', async () => {
  const userId = await createUser(org, {}, '?activate=false');
  const reply = await org.call('POST', path, { ...twoKeys, userId, fulfillmentProvider: 'yubico' });
  expect(reply.status).toBe(204);
  const filter = encodeURIComponent(`target.id eq "${userId}" and eventType eq "system.mfa.preregister.initiate"`);
  const events = bodyOf(z.array(z.looseObject({})), await org.call('GET', `/api/v1/logs?filter=${filter}`));
  const targets = ['106', '107'].map((yubicoInventoryProductId) => [
    { id: userId, type: 'User', detailEntry: null },
    {
      type: 'AuthenticatorEnrollment',
      detailEntry: { yubicoProductId: '29', yubicoInventoryProductId, yubicoCustomizationId: 'RXJN83' },
    },
  ]);
  expect(events).toMatchObject(targets.map((target) => ({ target })));
});

test.each([
  [{ fulfillmentData: [] }, 'fulfillmentData'],
  [{ fulfillmentData: [{ productId: 29 }] }, 'productId'],
  [{ fulfillmentData: [{ productId: '29', inventoryProductId: 106 }] }, 'inventoryProductId'],
])('an initiation with %j is refused: its schema has text alone', async (fields, named) => {
  const userId = await createUser(org);
  const reply = await org.call('POST', path, { userId, fulfillmentProvider: 'yubico', ...fields });
  expect(reply.status).toBe(400);
  expect(JSON.stringify(reply.body)).toContain(named);
});
