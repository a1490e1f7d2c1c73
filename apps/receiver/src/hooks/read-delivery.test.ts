import { describe, expect, test } from '@jest/globals';
import { envelopeIn, readDeliveredEvents } from '@keycourier/ledger/events/read-delivered-event';
import { array, assert, asyncProperty, jsonValue } from 'fast-check';

import { envelope, groupAdd } from '../testing/deliveries.ts';
import { deliveryLimits } from './limits.ts';
import { readDelivery } from './read-delivery.ts';

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const read = (body: unknown): ReturnType<typeof readDelivery> =>
  readDelivery(once(typeof body === 'string' ? body : JSON.stringify(body)));

const eventsOf = async (body: unknown) => {
  const parsed = await read(body);
  if (parsed.outcome !== 'parsed') return [];
  const { text, eventCount } = parsed.delivery;
  const events = await readDeliveredEvents(envelopeIn(JSON.parse(text)).events);
  expect(events).toHaveLength(eventCount);
  return events;
};

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('a delivery', () => {
  test('is parsed with the ids that Okta assigned', async () => {
    expect(await read(envelope([groupAdd('u-1')]))).toMatchObject({
      outcome: 'parsed',
      delivery: { envelopeEventId: 'b1f7a1a6-0000-4000-8000-000000000001' },
    });
    expect(await eventsOf(envelope([groupAdd('u-1')]))).toMatchObject([
      {
        uuid: 'u-1',
        eventType: 'group.user_membership.add',
        published: new Date('2026-01-02T03:04:05.600Z'),
        setAside: null,
      },
    ]);
  });

  test('may hold no event, unknown fields and null everywhere else', async () => {
    expect(await eventsOf(envelope([]))).toEqual([]);
    const preview = groupAdd('u-1', { actor: null, target: null, debugContext: null, published: null, surprise: 1 });
    expect(await eventsOf({ data: { events: [preview], more: true } })).toMatchObject([
      { uuid: 'u-1', published: null, setAside: null },
    ]);
  });

  test('is sorted by time, then by uuid', async () => {
    const early = { published: '2026-01-02T03:04:01.000Z' };
    const late = { published: '2026-01-02T03:04:02.000Z' };
    const events = [groupAdd('b', late), groupAdd('c', early), groupAdd('a', late), groupAdd('d', { published: null })];
    for (const order of [events, events.toReversed()])
      expect((await eventsOf(envelope(order))).map(({ uuid }) => uuid)).toEqual(['d', 'c', 'a', 'b']);
  });

  test('may begin with a byte order mark', async () => {
    expect(await eventsOf(`\uFEFF${JSON.stringify(envelope([groupAdd('u-1')]))}`)).toHaveLength(1);
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '5',
    '"x"',
    '{}',
    '{"data":null}',
    '{"data":{}}',
    '{"data":{"events":null}}',
    '{"data":{"events":{}}}',
    nested(100_000),
    `{"data":${'{"a":'.repeat(100_000)}`,
  ])('%j is malformed', async (body) => {
    expect(await read(body)).toMatchObject({ outcome: 'malformed' });
  });

  test('that is malformed is not quoted', async () => {
    expect(JSON.stringify(await read('{"data": canary}'))).not.toContain('canary');
  });

  test.each(['x'.repeat(257), 'nul\0', 'half \ud800', 7, 'jane.doe@acme.example', 'env'])(
    'whose own id is %j is parsed without it',
    async (eventId) => {
      expect(await read({ ...envelope([groupAdd('u-1')]), eventId })).toMatchObject({
        outcome: 'parsed',
        delivery: { envelopeEventId: null },
      });
    },
  );
});

describe('a delivery with one more than it may have is too large', () => {
  const { lists, values, members, elements } = deliveryLimits;
  const many = (count: number, one: string): string => Array.from({ length: count }, () => one).join(',');
  const named = (count: number): string => Array.from({ length: count }, (_, index) => `"n${index}":0`).join(',');
  const within = (event: string): string => `{"data":{"events":[${event}]}}`;

  test.each([
    [`${lists['data.events'] + 1} events`, within(many(lists['data.events'] + 1, '{}')), '500 events'],
    ['events that are no objects', within(many(lists['data.events'] + 1, '0')), '500 events'],
    ['two and a half million events', within(many(2_600_000, '{}')), '500 events'],
    ['values', within(many(30, `[${many(9_000, '0')}]`)), `${values} values`],
    ['members', within(`{${named(members + 1)}}`), `${members} members`],
    ['elements', within(`[${many(elements + 1, '0')}]`), `${elements} elements`],
    [
      'events in another place as well',
      `{"data":{"events":[]},"a":[${many(elements + 1, '0')}]}`,
      `${elements} elements`,
    ],
  ])('%s', async (_what, body, limit) => {
    expect(await read(body)).toEqual({
      outcome: 'too_large',
      status: 413,
      reason: expect.stringContaining(`must not exceed ${limit}`),
    });
  });

  test('and levels are malformed', async () => {
    expect(await read(within(nested(1_000)))).toMatchObject({
      outcome: 'malformed',
      reason: expect.stringMatching(/1000 levels/),
    });
  });

  test('as many as it may have are parsed', async () => {
    expect(await eventsOf(within(many(lists['data.events'], '{}')))).toHaveLength(500);
  });
});

describe('an event', () => {
  test.each([
    [null],
    [5],
    ['text'],
    [[]],
    [{}],
    [groupAdd(undefined)],
    [groupAdd('')],
    [groupAdd(7.5)],
    [groupAdd(true)],
    [groupAdd('x'.repeat(257))],
    [groupAdd('nul\0')],
    [groupAdd('half \ud800')],
    [groupAdd('u', { eventType: null })],
    [groupAdd('u', { eventType: 'nul\0' })],
    [groupAdd('u', { target: 'no list' })],
    [JSON.parse(nested(50))],
  ])('that cannot be used is set aside under a hash of its content: %j', async (event) => {
    const [first, again, good] = await eventsOf(envelope([event, groupAdd('good'), event]));
    expect(first).toMatchObject({ uuid: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), setAside: expect.any(String) });
    expect(again?.uuid).toBe(first?.uuid);
    expect(good).toMatchObject({ uuid: 'good', setAside: null });
  });

  test('whose uuid is a number has it as text', async () => {
    expect(await eventsOf(envelope([groupAdd(7)]))).toMatchObject([{ uuid: '7', setAside: null }]);
  });

  test('is set aside with the path of the fault, and no value', async () => {
    const [event] = await eventsOf(envelope([groupAdd('u', { outcome: { result: { canary: 1 } } })]));
    expect(event?.setAside).toBe('unreadable: outcome.result (invalid_type)');
  });

  test('nested nine hundred deep is set aside in a form that can be stored', async () => {
    const [event, good] = await eventsOf(
      `{"data":{"events":[{"uuid":"u","a":${nested(900)}},${JSON.stringify(groupAdd('good'))}]}}`,
    );
    expect(event).toMatchObject({ setAside: 'nested too deeply' });
    expect(JSON.stringify(event?.body).length).toBeLessThan(200);
    expect(good).toMatchObject({ setAside: null });
  });

  test('with a key __proto__ is kept as data and changes no prototype', async () => {
    const [event] = await eventsOf('{"data":{"events":[{"uuid":"u","eventType":"e","__proto__":{"polluted":true}}]}}');
    expect(event).toMatchObject({ uuid: 'u', setAside: null });
    expect(event?.body).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });

  test.each(['yesterday', '2026-13-01T00:00:00Z', '-271821-04-20T00:00:00Z', 7, ''])(
    'published %p has no time, and is not set aside',
    async (published) => {
      const [event] = await eventsOf(
        envelope([groupAdd('u', { published: typeof published === 'number' ? null : published })]),
      );
      expect(event).toMatchObject({ published: null, setAside: null });
    },
  );

  test('of any shape can be stored', async () => {
    await assert(
      asyncProperty(array(jsonValue({ maxDepth: 4 }), { maxLength: 5 }), async (events) => {
        const found = await eventsOf(envelope(events));
        expect(found).toHaveLength(events.length);
        for (const { uuid, eventType, body } of found) {
          expect(`${uuid}${eventType}`).not.toMatch(/[\0\p{Surrogate}]/u);
          expect(typeof JSON.stringify(body)).toBe('string');
        }
      }),
      { numRuns: 500 },
    );
  });
});
