import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { problem, startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run, type Ran } from '../testing/run.ts';
import { aHold, aShipment } from '../testing/shipments.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const cli = (...argv: string[]): Promise<Ran> => run(argv, { environment: api.environment });
const id = 'shp_01kab3v6d2m8zq4w0xrt5y7n9c';

describe('ship', () => {
  test('requests one key with all options, and prints the shipment', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ status: 'requested' }) });
    const product = ['--product', '29', '--inventory', '106', '--customization', 'RXJN83'];
    const profile = ['--set', 'city=Paris=sur=Seine', '--set', 'zipCode=75001'];
    const command = ['ship', 'ada@acme.example', ...product, '--purpose', 'backup', '--note', 'soon', ...profile];
    const { code, out } = await cli(...command);
    expect(code).toBe(0);
    expect(api.requests[0]?.json()).toEqual({
      login: 'ada@acme.example',
      productId: '29',
      inventoryProductId: '106',
      customizationId: 'RXJN83',
      purpose: 'backup',
      note: 'soon',
      profile: { city: 'Paris=sur=Seine', zipCode: '75001' },
    });
    expect(out).toBe(
      `${id} is requested (ada@acme.example): order placed, parcel preparing, credential pending, PIN none\n`,
    );
  });

  test('accepts an Okta user id and a dry run', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ dryRun: true, status: 'requested' }) });
    await cli('ship', '00u1', '--id', '--dry-run');
    expect(api.requests[0]).toMatchObject({ query: { dryRun: 'true' } });
    expect(api.requests[0]?.json()).toEqual({ userId: '00u1', purpose: 'primary' });
  });

  test('waits until a dry run is checked, and prints why it is held', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ dryRun: true, status: 'requested' }) });
    const soon = aShipment({ dryRun: true, status: 'requested' });
    api.on(`GET /v1/shipments/${id}`, { body: soon }, { body: soon }, { body: aShipment({ dryRun: true, ...aHold }) });
    const { code, out } = await cli('ship', 'ada@acme.example', '--dry-run', '--wait');
    expect(code).toBe(5);
    expect(out).toMatch(/is held/);
    expect(out).toMatch(/zipCode is no postal code of the country\.\n {4}suggested: 94107/);
  });

  test.each([
    ['ordered', 0],
    ['pin_sent', 0],
    ['held', 5],
    ['failed', 5],
    ['cancelled', 5],
  ])('that waits and ends %s ends with %d', async (status, expected) => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ status: 'requested' }) });
    api.on(`GET /v1/shipments/${id}`, { body: aShipment({ status: 'ready' }) }, { body: aShipment({ status }) });
    expect((await cli('ship', 'ada@acme.example', '--wait')).code).toBe(expected);
  });

  test('waits through a restart of the API, and says so once', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ status: 'requested' }) });
    const away = { status: 503, text: 'away' };
    api.on(`GET /v1/shipments/${id}`, { body: aShipment({ status: 'ready' }) }, away, away, { body: aShipment() });
    const { code, err } = await cli('ship', 'ada@acme.example', '--wait');
    expect(code).toBe(0);
    expect(err.split('\n')).toEqual([
      `shipment ${id} requested`,
      'The API does not answer; still waiting. What was requested continues.',
      'The API answers again.',
      '',
    ]);
  });

  test('does not wait for an API that stays away for more than ten minutes', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ status: 'requested' }) });
    api.on(`GET /v1/shipments/${id}`, { status: 502, text: '' });
    let clockMs = 0;
    const { code } = await run(['ship', 'ada@acme.example', '--wait'], {
      environment: api.environment,
      now: () => new Date((clockMs += 200_000)),
    });
    expect(code).toBe(3);
  });

  test('ends at its timeout, and not at once for a refusal', async () => {
    api.on('POST /v1/shipments', { status: 202, body: aShipment({ status: 'requested' }) });
    api.on(`GET /v1/shipments/${id}`, { body: aShipment({ status: 'ready' }) });
    let clockMs = 0;
    const { code, err } = await run(['ship', 'ada@acme.example', '--wait', '--timeout', '60'], {
      environment: api.environment,
      now: () => new Date((clockMs += 20_000)),
    });
    expect(code).toBe(1);
    expect(err).toMatch(/is not yet ordered; it continues in the background/);
  });

  test('prints the product choices if there are several, and the open shipment if there is one', async () => {
    const choices = [{ productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' }];
    api.on('POST /v1/shipments', problem(400, 'no_such_product', 'Choose one.', { choices }));
    expect((await cli('ship', 'ada@acme.example')).err).toMatch(
      /Choose one\.\n {2}--product 29 --inventory 106 --customization RXJN83\n$/,
    );
    api.on('POST /v1/shipments', problem(409, 'already_open', 'An open shipment exists.', { shipmentId: id }));
    expect((await cli('ship', 'ada@acme.example')).err).toMatch(`  see: keycourier show ${id}\n`);
  });

  test.each(['nothing', '=x', 'a b=c', 'city=1 --set city=2'])('refuses --set %s', async (text) => {
    const options = text.split(' --set ').flatMap((one) => ['--set', one]);
    expect((await cli('ship', 'ada@acme.example', ...options)).code).toBe(2);
    expect(api.requests).toEqual([]);
  });
});

describe('list', () => {
  test('is a table in the order of the API', async () => {
    api.on('POST /v1/shipments/search', { body: { items: [aShipment(), aShipment(aHold)], nextCursor: null } });
    const { out } = await cli('list');
    const [head, first, second] = out.split('\n');
    expect(head).toMatch(/^ID +STATUS +LOGIN +PURPOSE +TRIGGER +CREATED +REASON$/);
    expect(first).toMatch(/ordered +ada@acme\.example +primary +api +2026-03-01 08:00$/);
    expect(second).toMatch(/held .* profile_problems$/);
  });

  test('reads page after page up to the limit, and reports that there are more', async () => {
    const page = (count: number, nextCursor: string | null) => ({
      body: { items: Array.from({ length: count }, () => aShipment()), nextCursor },
    });
    api.on('POST /v1/shipments/search', page(100, 'a'), page(50, 'b'));
    const { out } = await cli('list', '--limit', '150', '--status', 'held', 'ready', '--user', 'ada@acme.example');
    const filter = { status: ['held', 'ready'], user: 'ada@acme.example', dryRun: false };
    expect(api.requests.map(({ json }) => json())).toEqual([
      { ...filter, limit: 100 },
      { ...filter, limit: 50, cursor: 'a' },
    ]);
    // A URL is in the logs of every proxy.
    expect(JSON.stringify(api.requests.map(({ query, path }) => [query, path]))).not.toContain('ada');
    expect(out.trimEnd().split('\n')).toHaveLength(152);
    expect(out).toMatch(/More shipments exist/);
  });

  test('is JSON with every member of the answer, for scripts', async () => {
    api.on('POST /v1/shipments/search', { body: { items: [aShipment({ invented: 1 })], nextCursor: 'x' } });
    const { json } = await run(['list', '--limit', '1', '--json'], { environment: api.environment });
    expect(json()).toMatchObject({ items: [{ id, invented: 1, pin: { state: 'none' } }], nextCursor: 'x' });
  });

  test('reports an empty list', async () => {
    api.on('POST /v1/shipments/search', { body: { items: [], nextCursor: null } });
    expect((await cli('list')).out).toBe('No shipments found.\n');
  });

  test('fits the width of the terminal', async () => {
    const login = `${'a'.repeat(60)}@acme.example`;
    api.on('POST /v1/shipments/search', {
      body: { items: [aShipment({ ...aHold, user: { id: '00u1', login } })], nextCursor: null },
    });
    const environment = { ...api.environment, NO_COLOR: '1' };
    const { out } = await run(['list'], { environment, columns: 190 });
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(190);
  });
});

describe('show', () => {
  const events = {
    items: [
      { event: 'shipment.requested', at: '2026-03-01T08:00:00.000Z', detail: { by: 'key_1', nothing: null } },
      {
        card: 'check-profile',
        attempt: 2,
        startedAt: '2026-03-01T08:00:01.000Z',
        endedAt: '2026-03-01T08:00:01.200Z',
        outcome: 'done',
        why: null,
      },
      {
        card: 'place-order',
        attempt: 1,
        startedAt: '2026-03-02T08:00:01.000Z',
        endedAt: null,
        outcome: null,
        why: null,
      },
    ],
  };

  test.each([
    [
      { trigger: 'batch', batch: { id: 'bat_1', row: 7 } },
      /^Requested by +batch {2}API key ticket system {2}batch bat_1 {2}row 7 {2}/m,
    ],
    [
      { trigger: 'group-add', requestedBy: { apiKey: null, event: { id: 'evt_1', uuid: 'a-b-c' } } },
      /^Requested by +group-add {2}event a-b-c {2}/m,
    ],
    [{ requestedBy: undefined, product: undefined, note: undefined }, /^Key +primary$/m],
  ])('names who requested it: %j', async (fields, line) => {
    api.on(`GET /v1/shipments/${id}`, { body: aShipment(fields) });
    api.on(`GET /v1/shipments/${id}/events`, { body: events });
    expect((await cli('show', id)).out).toMatch(line);
  });

  test('prints a shipment in full, with its history by day', async () => {
    api.on(`GET /v1/shipments/${id}`, { body: aShipment(aHold) });
    api.on(`GET /v1/shipments/${id}/events`, { body: events });
    const { code, out } = await cli('show', id);
    expect(code).toBe(0);
    expect(out).toMatch(/^Order +placed {2}4711$/m);
    expect(out).toMatch(/^Requested by +api {2}API key ticket system {2}2026-03-01T08:00:00\.000Z$/m);
    expect(out).toMatch(/^Key +primary {2}product 29 {2}inventory 106 {2}customization RXJN83$/m);
    expect(out).toMatch(/^Note +new laptop$/m);
    expect(out).toMatch(
      new RegExp(`^Next +keycourier retry ${id}\n +keycourier cancel ${id}\n +keycourier correct ${id}$`, 'm'),
    );
    expect(out).toMatch(/Held, profile_problems: The shipping profile cannot be delivered to\.\n {2}zipCode: /);
    expect(out).toContain(
      [
        '2026-03-01',
        '  08:00:00.000  · shipment.requested  by key_1',
        '  08:00:01.000  ✓ check-profile  0.2 s, attempt 2  done',
        '2026-03-02',
        '  08:00:01.000  … place-order  still running',
      ].join('\n'),
    );
  });

  test('of an unknown id is refused', async () => {
    expect(await cli('show', 'shp/../../x')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nothing with this id/),
    });
    expect(api.requests[0]?.path).toBe('/v1/shipments/shp%2F..%2F..%2Fx');
  });
});

describe('what cannot be undone', () => {
  const commands = [
    ['cancel', id],
    ['release-pin', id],
    ['resend-pin', id],
    ['confirm', id],
    ['keys', 'revoke', 'key_1'],
    ['keys', 'rotate', 'key_1', '--grace-hours', '0'],
  ];
  const onTerminal = (argv: readonly string[], ...typed: string[]) =>
    run(argv, { environment: api.environment, columns: 100, typed });

  test.each(commands.flatMap((argv) => ['', 'n', 'nope', 'yess'].map((typed) => [argv, typed] as const)))(
    '%j is not done on a terminal after "%s"',
    async (argv, typed) => {
      const { code, err } = await onTerminal(argv, typed);
      expect(code).toBe(1);
      expect(err).toMatch(/Continue\? \[y\/N\] .*Not confirmed: nothing was changed/s);
      expect(api.requests).toEqual([]);
    },
  );

  test('is not done if the terminal is closed instead of an answer', async () => {
    expect((await onTerminal(['cancel', id])).code).toBe(1);
    expect(api.requests).toEqual([]);
  });

  test.each(commands)('%s is done after y, with --yes and in a script', async (...argv) => {
    await onTerminal(argv, 'y');
    await onTerminal(argv, 'Yes');
    await onTerminal(['--yes', ...argv]);
    await cli(...argv);
    expect(api.requests).toHaveLength(4);
  });

  test('is not asked about where it can be undone', async () => {
    await onTerminal(['retry', id]);
    await onTerminal(['keys', 'rotate', 'key_1', '--grace-hours', '1']);
    expect(api.requests).toHaveLength(2);
  });
});

describe('an action', () => {
  test.each([
    ['cancel', 'cancel'],
    ['retry', 'retry'],
    ['release-pin', 'release-pin'],
    ['resend-pin', 'resend-pin'],
    ['confirm', 'confirm-receipt'],
  ])('%s is sent to the API as %s', async (command, action) => {
    api.on(`POST /v1/shipments/${id}/${action}`, { body: aShipment() });
    expect((await cli(command, id)).code).toBe(0);
    expect(api.requests[0]?.text).toBe('');
  });

  test('that does not apply ends with 1 and the reason', async () => {
    api.on(`POST /v1/shipments/${id}/cancel`, problem(409, 'order_locked', 'The order is locked.'));
    const { code, err } = await cli('cancel', id);
    expect(code).toBe(1);
    expect(err).toMatch(/The order is locked\./);
  });
});

describe('correct', () => {
  beforeEach(() => api.on(`POST /v1/shipments/${id}/corrections`, { body: aShipment() }));

  test.each([
    [['--accept'], { decision: 'accept' }],
    [['--reject'], { decision: 'reject' }],
    [['--set', 'zipCode=94107', '--set', 'city='], { fields: { zipCode: '94107', city: '' } }],
    [
      ['--set', 'primaryPhone=+85245451234', '--confirm', 'primaryPhone'],
      { fields: { primaryPhone: '+85245451234' }, confirmed: ['primaryPhone'] },
    ],
  ])('with %j sends %j', async (options, sent) => {
    expect((await cli('correct', id, ...options)).code).toBe(0);
    expect(api.requests[0]?.json()).toEqual(sent);
  });

  test.each([
    [[]],
    [['--accept', '--reject']],
    [['--accept', '--set', 'a=b']],
    [['--accept', '--confirm', 'primaryPhone']],
  ])('with %j sends nothing', async (options) => {
    expect((await cli('correct', id, ...options)).code).toBe(2);
    expect(api.requests).toEqual([]);
  });
});
