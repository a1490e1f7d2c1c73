import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Verdict } from '@keycourier/journey/ports/ledger';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { recordVerdict } from '@keycourier/ledger/events/record-verdict';
import { z } from 'zod';

import { nfc, runApi, type RunningApi } from '../testing/running-api.ts';

const pin = { recipient: 'auto', channel: 'smtp', release: 'on_activation' } as const;
const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

let api: RunningApi;
let stranger: string;
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

interface Person {
  id: string;
  login: string;
}

/** Delivers an event about a person, and decides about it. */
async function deliver(number: number, person: Person, verdict: Verdict | null = null): Promise<void> {
  const uuid = uuidOf(number);
  const body = {
    uuid,
    eventType: 'system.mfa.preregister.initiate',
    target: [{ id: person.id, type: 'User', alternateId: person.login }],
  };
  const events = [{ uuid, eventType: body.eventType, published: null, body, setAside: null }];
  await recordDelivery(api.ledger, { tenant: 'globex', envelopeEventId: null, events });
  if (verdict === null) return;
  const { id } = await api.ledger.db
    .selectFrom('inbound_events')
    .select('id')
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow();
  await recordVerdict(api.ledger, { eventId: id, verdict, pinPolicyOf: () => pin });
}

const ada = { id: '00u-ada', login: 'Ada@Globex.example' };
const bob = { id: '00u-bob', login: 'unknown' };
const requestFor = (userId: string, login: string, purpose: 'primary' | 'backup' = 'primary') =>
  ({
    verdict: 'key_request',
    request: { tenant: 'globex', trigger: 'mfa-initiated', purpose, userId, login, product: nfc, groupId: null },
  }) as const;

const page = z.looseObject({
  items: z.array(
    z.looseObject({ uuid: z.string(), key: z.number(), outcome: z.string(), reason: z.string().nullable() }),
  ),
  nextCursor: z.string().nullable(),
});
const list = async (query: string, key?: string) => {
  const { body, status } = await api.call('GET', `/v1/events?${query}`, key === undefined ? {} : { key });
  expect(status).toBe(200);
  return page.parse(body);
};
const uuidsOf = async (query: string, key?: string) => (await list(query, key)).items.map(({ uuid }) => uuid);

describe('the events', () => {
  beforeAll(async () => {
    await deliver(1, ada, { verdict: 'ignored', reason: 'flow off' });
    await deliver(2, ada, requestFor(ada.id, ada.login));
    await deliver(3, ada, requestFor(ada.id, ada.login));
    await deliver(3, ada);
    await deliver(4, bob, {
      verdict: 'several_keys',
      keys: [
        requestFor(bob.id, 'bob@globex.example'),
        requestFor(bob.id, 'bob@globex.example', 'backup'),
        { verdict: 'set_aside', reason: 'one too many' },
      ],
    });
    await deliver(5, bob);
  });

  test('say why a user has no key: by login in any letter case, and by Okta id', async () => {
    for (const user of ['ADA@globex.example', ada.id]) {
      const { items } = await list(`user=${encodeURIComponent(user)}`);
      expect(items).toMatchObject([
        { uuid: uuidOf(3), outcome: 'ignored', reason: expect.stringMatching(/^already_open \(shp_/) },
        { uuid: uuidOf(2), outcome: 'accepted', reason: 'created', shipmentId: expect.stringMatching(/^shp_/) },
        { uuid: uuidOf(1), outcome: 'ignored', reason: 'flow off' },
      ]);
    }
  });

  test('are found by a login that the event does not have', async () => {
    expect(await uuidsOf('user=bob@globex.example')).toEqual([uuidOf(5), ...Array(3).fill(uuidOf(4))]);
  });

  test('that ask for several keys are listed for each', async () => {
    const { items } = await list(`uuid=${uuidOf(4)}`);
    expect(items.map(({ key, outcome, reason }) => [key, outcome, reason])).toEqual([
      [3, 'set_aside', 'one too many'],
      [2, 'accepted', 'created'],
      [1, 'accepted', 'created'],
    ]);
  });

  test('are found by outcome', async () => {
    expect(await uuidsOf('outcome=ignored')).toEqual([uuidOf(3), uuidOf(1)]);
    expect(await uuidsOf('outcome=set_aside')).toEqual([uuidOf(4)]);
    expect(await uuidsOf('outcome=received')).toEqual([uuidOf(5)]);
    const again = await list('outcome=duplicate');
    expect(again.items).toMatchObject([{ uuid: uuidOf(3), redeliveries: 1, lastRedeliveredAt: expect.any(String) }]);
  });

  test('are found by time', async () => {
    const now = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(await uuidsOf(`since=${now}`)).toEqual([]);
    expect(await uuidsOf(`until=${now}&limit=2`)).toHaveLength(2);
    expect(await uuidsOf('until=2020-01-01T00:00:00Z')).toEqual([]);
  });

  test('are newest first, and complete over all pages', async () => {
    const all: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { items, nextCursor }: z.infer<typeof page> = await list(
        `limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      all.push(...items.map(({ uuid, key }) => `${uuid} ${key}`));
      cursor = nextCursor;
    }
    const numbered = [5, 4, 4, 4, 3, 2, 1].map(uuidOf);
    expect(all.map((one) => one.split(' ')[0])).toEqual(expect.arrayContaining(numbered));
    expect(new Set(all).size).toBe(7);
  });

  test("are only those of the key's tenant", async () => {
    expect(await uuidsOf('', stranger)).toEqual([]);
    expect(await uuidsOf(`uuid=${uuidOf(1)}`, stranger)).toEqual([]);
    expect(await uuidsOf(`user=${ada.id}`, stranger)).toEqual([]);
  });

  test('keep no id or login of a person in clear', async () => {
    const { rows } = await api.ledger.db
      .selectFrom('inbound_events')
      .selectAll()
      .execute()
      .then((found) => ({ rows: JSON.stringify(found).toLowerCase() }));
    for (const personal of [ada.id, bob.id, ada.login.toLowerCase(), 'bob@globex'])
      expect(rows).not.toContain(personal);
  });

  test.each([
    ['limit=0', 'limit'],
    ['outcome=unknown', 'outcome'],
    ['since=yesterday', 'since'],
    ['until=2026-03-02', 'until'],
    ['uuid=', 'uuid'],
    ['user=%00', 'user'],
    ['cursor=c2hwXzE', 'cursor'],
    ['person=x', 'person'],
  ])('with %s are refused at %s', async (query, field) => {
    expect(await api.call('GET', `/v1/events?${query}`)).toMatchObject({
      status: 400,
      body: { problems: [{ field }] },
    });
  });

  test('are searched with the same filter in the body', async () => {
    const found = async (body: Record<string, unknown>) =>
      page.parse((await api.call('POST', '/v1/events/search', { body })).body).items.map(({ uuid }) => uuid);
    const until = new Date(Date.now() + 60_000).toISOString();
    expect(await found({ user: 'ADA@globex.example', outcome: 'ignored', until })).toEqual([uuidOf(3), uuidOf(1)]);
    expect(await found({ uuid: uuidOf(2), limit: 1 })).toEqual([uuidOf(2)]);
    for (const body of [{ outcome: 'unknown' }, { limit: 0 }, { limit: '5' }, { since: 'yesterday' }, { person: 'x' }])
      expect(await api.call('POST', '/v1/events/search', { body })).toMatchObject({ status: 400 });
  });

  test('need the scope read', async () => {
    const { key } = await api.keyFor('globex', ['write']);
    expect(await api.call('GET', '/v1/events', { key })).toMatchObject({ status: 403, body: { scope: 'read' } });
  });
});
