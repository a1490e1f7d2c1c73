import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secondHandNeeded } from '@keycourier/journey/requests/two-hands';
import { createApiKey, revokeApiKey, rotateApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { setKeyOwner } from '@keycourier/ledger/api-keys/key-owners';
import type { Acting } from '@keycourier/ledger/bulk/bulk-action';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';

import { handOf, keyActs, operatorActs, requesterOf } from './hands.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

let made = 0;
/** A login of its own, so that no test meets the keys of another. */
const login = (name: string): string => `${name}-${(made += 1)}@acme.example`;
const keyOf = async (owner?: string, createdBy?: string): Promise<string> => {
  const options = { ...(owner === undefined ? {} : { owner }), ...(createdBy === undefined ? {} : { createdBy }) };
  return (await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['operator'], ...options })).id;
};
const neededBy = async (acting: Acting | null, requestedBy: string | null, person = 'noor@acme.example') => {
  if (acting === null) throw new RangeError('a local stack compares no one');
  const shipment = {
    user: { id: null },
    secrets: { login: person },
    requestedBy,
    plan: { pin: 'sealed', release: 'on_receipt' } as const,
  };
  return secondHandNeeded(shipment, 'release-pin', await handOf(ledger, 'acme', acting));
};
const key = (id: string): Acting | null => keyActs({ id }, 'production');
const operator = (user: string, its: { login?: string; mode?: string } = {}): Acting =>
  operatorActs(
    { user, login: its.login ?? null, oktaUserId: its.login === undefined ? null : '00u1' },
    { mode: its.mode ?? 'production', sealing: ledger.sealing },
  );

describe('an API key', () => {
  test('is the second hand of a key of another owner, not of another key of its own', async () => {
    const [grace, ada] = [login('grace'), login('ada')];
    const [first, second, other] = [await keyOf(grace), await keyOf(grace.toUpperCase()), await keyOf(ada)];
    expect(await neededBy(key(first), second)).toBe('own_request');
    expect(await neededBy(key(first), first)).toBe('own_request');
    expect(await neededBy(key(first), other)).toBeNull();
    expect(await neededBy(key(first), null)).toBeNull();
  });

  test('sends no PIN of its owner', async () => {
    const grace = login('grace');
    expect(await neededBy(key(await keyOf(grace)), null, grace.toUpperCase())).toBe('own_pin');
  });

  test('is no second hand of what its owner requested in the console', async () => {
    const grace = login('grace');
    const id = await keyOf(grace);
    expect(await neededBy(key(id), requesterOf(ledger.sealing, grace))).toBe('own_request');
    expect(await neededBy(key(id), requesterOf(ledger.sealing, login('ada')))).toBeNull();
  });

  test('of an unknown owner is no second hand, until the owner is named, once', async () => {
    const [id, grace] = [await keyOf(), login('grace')];
    expect(await neededBy(key(id), null)).toBe('unknown_owner');
    expect(await neededBy(key(await keyOf(login('ada'), id)), null)).toBe('unknown_owner');
    expect(await neededBy(key(await keyOf(login('ada'))), id)).toBe('unknown_requester');
    expect(await setKeyOwner(ledger, { tenant: 'globex', id, owner: grace })).toBeNull();
    expect(await setKeyOwner(ledger, { tenant: 'acme', id, owner: grace })).toMatchObject({ id, owner: grace });
    expect(await neededBy(key(id), null)).toBeNull();
    expect(await setKeyOwner(ledger, { tenant: 'acme', id, owner: login('ada') })).toBe('known');
    expect(await neededBy(key(await keyOf(login('ada'))), id)).toBeNull();
  });

  test('that a key made for another person is still one of the maker, also through a third and when the maker is revoked', async () => {
    const [grace, ada, bob] = [login('grace'), login('ada'), login('bob')];
    const maker = await keyOf(grace);
    const adas = await keyOf(ada, maker);
    const bobs = await keyOf(bob, adas);
    const carls = await keyOf(login('carl'), maker);
    await revokeApiKey(ledger, { tenant: 'acme', id: maker });
    for (const one of [adas, bobs]) {
      expect(await neededBy(key(one), maker)).toBe('own_request');
      expect(await neededBy(key(await keyOf(grace)), one)).toBe('own_request');
      expect(await neededBy(key(one), null, grace)).toBe('own_pin');
    }
    expect(await neededBy(key(carls), adas)).toBeNull();
  });

  test('that a key of another person rotated is one of that person, too; that it rotated itself changes nothing', async () => {
    const [grace, ada] = [login('grace'), login('ada')];
    const [graces, adas] = [await keyOf(grace), await keyOf(ada)];
    await rotateApiKey(ledger, { tenant: 'acme', id: adas, graceHours: 0, by: adas });
    expect(await neededBy(key(adas), graces)).toBeNull();
    await rotateApiKey(ledger, { tenant: 'acme', id: adas, graceHours: 0, by: graces });
    expect(await neededBy(key(adas), graces)).toBe('own_request');
    expect(await neededBy(key(graces), adas)).toBe('own_request');
  });

  test('is compared with no one in a local stack', () => {
    expect(keyActs({ id: 'key_1' }, 'local')).toBeNull();
  });
});

describe('an operator', () => {
  test('is no second hand of their own API key, by the login or the name of the account', async () => {
    const [grace, user] = [login('grace'), login('user')];
    const [byLogin, byUser, other] = [await keyOf(grace), await keyOf(user), await keyOf(login('ada'))];
    const acting = operator(user, { login: grace });
    expect(await neededBy(acting, byLogin)).toBe('own_request');
    expect(await neededBy(acting, byUser)).toBe('own_request');
    expect(await neededBy(acting, other)).toBeNull();
  });

  test('is no second hand of a key of an unknown owner, except in a local stack', async () => {
    const id = await keyOf();
    expect(await neededBy(operator('grace', { login: login('grace') }), id)).toBe('unknown_requester');
    expect(await neededBy(operator('grace', { mode: 'local' }), id)).toBeNull();
  });

  test('of an account without a login is an unknown person in production', async () => {
    expect(await neededBy(operator('grace'), null)).toBe('unknown_person');
  });
});
