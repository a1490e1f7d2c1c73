import { stripVTControlCharacters } from 'node:util';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run, type Ran } from '../testing/run.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const cli = (...argv: string[]): Promise<Ran> => run(argv, { environment: api.environment, columns: 200 });
const uuid = '8f6a0d2e-cb4f-11f0-9c1b-6b2f1c9d7e55';
const anEvent = (fields: Record<string, unknown> = {}) => ({
  id: 'evt_1',
  uuid,
  key: 1,
  eventType: 'system.mfa.preregister.initiate',
  publishedAt: null,
  receivedAt: '2026-03-02T09:00:01.000Z',
  decidedAt: '2026-03-02T09:00:02.000Z',
  outcome: 'ignored',
  reason: 'flow off',
  shipmentId: null,
  redeliveries: 0,
  lastRedeliveredAt: null,
  ...fields,
});

describe('events', () => {
  test('says of each what became of it, and why', async () => {
    const items = [
      anEvent({ outcome: 'accepted', reason: 'created', shipmentId: 'shp_1', redeliveries: 2 }),
      anEvent({ key: 2, outcome: 'set_aside', reason: 'a second key' }),
      anEvent(),
    ];
    api.on('POST /v1/events/search', { body: { items, nextCursor: null } });
    const { code, out } = await cli('events');
    expect(code).toBe(0);
    const lines = stripVTControlCharacters(out).split('\n');
    expect(lines[0]).toMatch(/RECEIVED +TYPE +UUID +AGAIN +OUTCOME +REASON/);
    expect(lines[1]).toMatch(/2026-03-02 09:00 .* 2 x +accepted +created shp_1/);
    expect(lines[2]).toMatch(/\(key 2\) +set_aside +a second key/);
    expect(lines[3]).toMatch(/ignored +flow off/);
  });

  test('asks by person, uuid, outcome and time', async () => {
    api.on('POST /v1/events/search', { body: { items: [], nextCursor: null } });
    const time = { since: '2026-03-01T00:00:00Z', until: '2026-03-02T00:00:00+02:00' };
    const filter = ['--user', 'ada@acme.example', '--uuid', uuid, '--outcome', 'duplicate'];
    const { out } = await cli('events', ...filter, '--since', time.since, '--until', time.until);
    expect(stripVTControlCharacters(out)).toBe('No events found.\n');
    expect(api.requests[0]?.json()).toEqual({
      user: 'ada@acme.example',
      uuid,
      outcome: 'duplicate',
      ...time,
      limit: 50,
    });
  });

  test('reads as many pages as needed, and says that there are more', async () => {
    const page = (count: number) => Array.from({ length: count }, () => anEvent());
    api.on(
      'POST /v1/events/search',
      { body: { items: page(100), nextCursor: 'next' } },
      { body: { items: page(50), nextCursor: 'after' } },
    );
    const { out } = await cli('events', '--limit', '150');
    expect(api.requests.map(({ json }) => json())).toEqual([{ limit: 100 }, { limit: 50, cursor: 'next' }]);
    expect(api.requests.map(({ query }) => query)).toEqual([{}, {}]);
    expect(stripVTControlCharacters(out)).toContain('More events exist: use --limit 300.');
  });

  test.each([
    ['--outcome', 'unknown'],
    ['--since', 'yesterday'],
    ['--until', '2026-03-02'],
    ['--limit', '0'],
  ])('with %s %s is refused without a call', async (...option) => {
    expect((await cli('events', ...option)).code).toBe(2);
    expect(api.requests).toEqual([]);
  });
});
