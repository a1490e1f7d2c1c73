import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { listFlows } from '@keycourier/ledger/flows/flows';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { change } from '@keycourier/ledger/testing/sample-shipments';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { addHeldShipment, connectSampleLedger, setEventAside } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let admin: TestClient;
let operator: TestClient;
let viewer: TestClient;
let held: string;
let running: TestConsole;

const linus = { user: 'linus', password: 'penguins, all the way' };

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  const operators = [
    { ...ada, role: 'admin' as const },
    { ...linus, role: 'operator' as const },
    { ...grace, role: 'viewer' as const, tenants: ['acme'] },
  ];
  running = await startTestConsole({ databaseUrl: database.url, operators });
  const { url } = running;
  [admin, operator, viewer] = [new TestClient(url), new TestClient(url), new TestClient(url)];
  await admin.signIn(ada);
  await operator.signIn(linus);
  await viewer.signIn(grace);
  held = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
  await setEventAside(ledger, 'an-event');
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const html = async (client: TestClient, path: string): Promise<string> => (await client.request(path)).text();

const pages = [
  '',
  '/shipments',
  '/held',
  '/batches',
  '/events',
  '/people',
  '/people?user=x',
  '/search?q=x',
  '/flows',
  '/connections',
];

describe('the pages of a tenant', () => {
  test.each(pages)('%s are read by a viewer, without a form that changes anything', async (path) => {
    const answer = await viewer.request(`/t/acme${path}`);
    expect(answer.status).toBe(200);
    const page = await answer.text();
    const forms = [...page.matchAll(/<form[^>]*method="post"[^>]*>/g)].map(([form]) => form);
    expect(forms).toEqual([expect.stringContaining('action="/sign-out"')]);
  });

  test('do not exist for an operator of another tenant', async () => {
    for (const path of [...pages, '/live', '/audit', `/shipments/${held}`])
      expect([path, (await viewer.request(`/t/globex${path}`)).status]).toEqual([path, 404]);
  });

  test('name themselves in the navigation, for those who may open them', async () => {
    expect(await html(admin, '/t/acme/audit')).toMatch(/href="\/t\/acme\/audit" aria-current="page"/);
    expect(await html(operator, '/t/acme')).not.toContain('/audit');
    expect((await operator.request('/t/acme/audit')).status).toBe(403);
  });
});

describe('the access log', () => {
  /** The lines about requests, from the one that has this request's id. */
  const lineOf = (client: TestClient, path: string) => lineOfAnswer(client.request(path));
  async function lineOfAnswer(answer: Promise<Response>): Promise<unknown> {
    const { headers } = await answer;
    const id = headers.get('request-id') ?? 'none';
    const lines = () =>
      running
        .log()
        .split('\n')
        .filter((line) => line.includes(id));
    const [line = '{}'] = await until(
      async () => lines(),
      (found) => found.length > 0,
    );
    return JSON.parse(line);
  }

  test.each([
    ['/shipments', '/shipments'],
    ['/shipments/:id', () => `/shipments/${held}`],
    ['/shipments/:id/address', () => `/shipments/${held}/address`],
    ['/held', '/held'],
    ['/batches', '/batches'],
    ['/events', '/events'],
    ['/people', '/people?user=noor'],
    ['/search', '/search?q=noor'],
  ])('names who read %s, in which tenant, and nothing of what was read', async (route, path) => {
    const line = await lineOf(operator, `/t/acme${typeof path === 'string' ? path : path()}`);
    expect(line).toMatchObject({
      msg: 'personal data read',
      route: `/t/:tenant${route}`,
      tenant: 'acme',
      operator: 'linus',
    });
    expect(JSON.stringify(line)).not.toMatch(/noor|shp_/);
  });

  test('names who was refused', async () => {
    const line = await lineOf(operator, '/t/acme/audit');
    expect(line).toMatchObject({ msg: 'request refused', status: 403, route: '/t/:tenant/audit', operator: 'linus' });
  });
});

describe('a NUL', () => {
  test.each([
    ['/search?q=%00', 400],
    ['/held?cause=%00', 400],
    ['/people?user=%00', 400],
    ['/shipments/%00', 404],
    ['/batches/%00', 404],
    ['/connections/%00', 404],
  ])('in the address %s is answered with %i', async (path, status) => {
    expect((await operator.request(`/t/acme${path}`)).status).toBe(status);
  });

  test('in the path or a field of a form is refused', async () => {
    const send = async (path: string, fields: Record<string, string>) =>
      (await operator.submit('/t/acme/held', `/t/acme${path}`, fields)).status;
    expect(await send('/held/%00', { do: 'claim' })).toBe(404);
    expect(await send('/flows/%00', { enabled: 'yes' })).toBe(404);
    expect(await send(`/held/${held}`, { do: 'comment', text: 'a\0b' })).toBe(400);
    expect(await send(`/held/${held}`, { do: 'comment', text: '100 %00' })).toBe(303);
  });
});

describe('a link to a shipment without its tenant', () => {
  test('leads to its page, for those who may open it', async () => {
    expect((await viewer.request(`/shipments/${held}`)).headers.get('location')).toBe(`/t/acme/shipments/${held}`);
    for (const id of ['shp_01kab3v6d2m8zq4w0xrt5y7n9c', 'x'])
      expect((await viewer.request(`/shipments/${id}`)).status).toBe(404);
  });
});

describe('a held shipment', () => {
  test('is claimed, taken over and given back, for all to see', async () => {
    const path = '/t/acme/held';
    const change = (client: TestClient, what: string) =>
      client.submit(path, `/t/acme/held/${held}`, { do: what, back: path });
    const answer = await change(operator, 'claim');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
    expect(await html(viewer, path)).toMatch(/linus, since/);
    expect(await html(admin, path)).toContain('Take over');
    await change(admin, 'claim');
    expect(await html(viewer, path)).toMatch(/ada, since/);
    expect((await change(operator, 'give-back')).status).toBe(404);
    await change(admin, 'give-back');
    expect(await html(viewer, path)).not.toMatch(/, since/);
  });

  test('is snoozed for a day, and recorded with who did it', async () => {
    const path = '/t/acme/held';
    await operator.submit(path, `/t/acme/held/${held}`, { do: 'snooze', back: path });
    expect(await html(viewer, path)).toContain('All shipments that are held are snoozed');
    expect(await html(viewer, path)).not.toContain(held);
    expect(await html(viewer, '/t/acme')).toContain('href="/t/acme/held?snoozed=yes"');
    const snoozed = await html(viewer, `${path}?snoozed=yes`);
    expect([snoozed.includes(held), snoozed.includes('snoozed until')]).toEqual([true, true]);
    expect(await html(admin, `/t/acme/audit?subject=${held}&actor=linus`)).toContain('a hold was snoozed');
  });

  test('is commented on, and what was written stays a text', async () => {
    const path = `/t/acme/shipments/${held}`;
    await operator.submit(path, `/t/acme/held/${held}`, { do: 'comment', text: '<b>called</b> them', back: path });
    const page = await html(viewer, path);
    expect(page).toContain('&lt;b>called&lt;/b> them');
    expect(page).toMatch(/linus, /);
    expect(page).not.toContain('Add a comment');
    expect(page).toContain('History, 2 changes');
  });

  test('takes a comment of 2,000 characters of any script', async () => {
    const path = `/t/acme/shipments/${held}`;
    const text = '鍵'.repeat(2_000);
    expect((await operator.submit(path, `/t/acme/held/${held}`, { do: 'comment', text, back: path })).status).toBe(303);
    expect(await html(viewer, path)).toContain(text);
  });

  test('leads nowhere else after a change', async () => {
    const answer = await operator.submit('/t/acme/held', `/t/acme/held/${held}`, {
      do: 'wake',
      back: '//evil.example',
    });
    expect(answer.headers.get('location')).toBe(`/t/acme/shipments/${held}`);
  });
});

describe('an event', () => {
  test('is found with the reason why nothing came of it', async () => {
    const page = await html(viewer, '/t/acme/events?outcome=set_aside');
    expect(page).toMatch(/group\.user_membership\.add.*Set aside, since it could not be understood: not an event/);
    expect(page).toContain('keycourier events --outcome set_aside');
    expect(await html(viewer, '/t/acme/events?outcome=accepted')).toContain('No events here');
  });
});

describe('a flow', () => {
  test('is switched with a reason, which the audit keeps', async () => {
    expect(await html(viewer, '/t/acme/flows')).toContain('More than one trigger is on');
    const path = '/t/acme/flows';
    await operator.submit(path, `${path}/group-add`, { enabled: 'no', reason: 'until the import is over' });
    expect(await listFlows(ledger, 'acme')).toContainEqual(
      expect.objectContaining({ slug: 'group-add', enabled: false }),
    );
    expect(await html(admin, '/t/acme/audit?action=flow.switched')).toMatch(/linus.*until the import is over/);
    expect((await operator.submit(path, `${path}/constructor`, { enabled: 'no' })).status).toBe(404);
  });
});

describe('the preferences of an operator', () => {
  test('change how times are written and whether single keys are shortcuts, on every page', async () => {
    const path = '/t/acme/preferences';
    expect(await html(viewer, '/t/acme/held')).toContain('data-keys="on"');
    const answer = await viewer.submit(path, path, { time: 'utc' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${path}?saved=yes`]);
    const page = await html(viewer, '/t/acme/held');
    expect(page).toContain('data-keys="off"');
    expect(page).toMatch(/<time [^>]*>\d\d:\d\d UTC<\/time>/);
    expect(await html(operator, '/t/acme/held')).toContain('data-keys="on"');
  });

  test('are of the browser’s time zone where times are local, and of UTC where it names none', async () => {
    const path = '/t/acme/preferences';
    await viewer.submit(path, path, { time: 'local', keyboard: 'on' });
    viewer.cookies.set('time-zone', 'Asia%2FKathmandu');
    expect(await html(viewer, path)).toContain('(Asia/Kathmandu)');
    viewer.cookies.set('time-zone', 'Mars%2FOlympus');
    expect(await html(viewer, path)).toContain('(UTC)');
  });
});

describe('a shipment that is held, whose person a SCIM client has deactivated', () => {
  test('says so beside the hold, and when the grace time ends, until they are active again', async () => {
    const says = async (text = 'A SCIM client deactivated the person'): Promise<boolean> =>
      (await html(viewer, `/t/acme/shipments/${held}`)).includes(text);
    expect(await says()).toBe(false);
    await change(ledger, held, { suspension: { since: new Date('2026-05-04T10:30:00Z'), isLifted: false } });
    expect(await says()).toBe(true);
    expect(await says('datetime="2026-05-04T11:30:00.000Z"')).toBe(true);
    await change(ledger, held, { suspension: null });
    expect(await says()).toBe(false);
  });
});

describe('a search', () => {
  test('finds a person by login, with what became of their requests', async () => {
    const shipment = await readShipment(ledger, 'acme', held);
    const login = shipment?.secrets.login ?? '';
    const page = await html(viewer, `/t/acme/search?q=${encodeURIComponent(login.toUpperCase())}`);
    expect(page).toContain(`/t/acme/shipments/${held}`);
    expect(page).toContain('Searched for as a login');
    const person = await html(viewer, `/t/acme/people?user=${encodeURIComponent(login)}`);
    expect(person).toContain(`/t/acme/shipments/${held}`);
  });

  test('finds an event by its uuid, with the reason why nothing came of it', async () => {
    const uuid = '8f6a0d2e-cb4f-11f0-9c1b-6b2f1c9d7e55';
    await setEventAside(ledger, uuid);
    expect(await html(viewer, `/t/acme/search?q=${uuid}`)).toMatch(
      /Set aside, since it could not be understood: not an event/,
    );
  });

  test('finds nothing of another tenant', async () => {
    expect(await html(admin, `/t/globex/search?q=${held}`)).not.toContain(`/shipments/${held}`);
  });

  test('shows what was searched for as a text', async () => {
    expect(await html(viewer, '/t/acme/search?q=%3Cscript%3E')).toContain('Search for “&lt;script>”');
  });
});

describe('the settings', () => {
  test('are shown to admins, without a secret', async () => {
    const page = await html(admin, '/t/acme/settings');
    expect(page).toContain('https://acme.okta.example');
    expect(page).not.toContain('UNUSED');
    expect((await operator.request('/t/acme/settings')).status).toBe(403);
  });
});

describe('a saved view', () => {
  test('is there for all operators of the tenant until it is removed, without a person in it', async () => {
    const path = '/t/acme/shipments';
    const change = (what: string) =>
      operator.submit(path, '/t/acme/views', {
        do: what,
        name: 'Without <ZIP>',
        path: '/shipments',
        query: 'status=held&hold=profile_problems&user=noor.haddad@example.com',
      });
    expect((await change('save')).status).toBe(303);
    const page = await html(viewer, path);
    expect(page).toContain('href="/t/acme/shipments?status=held&amp;hold=profile_problems">Without &lt;ZIP></a>');
    expect(await html(admin, '/t/globex/shipments')).not.toContain('Without');
    await change('remove');
    expect(await html(viewer, path)).not.toContain('Without');
  });

  test('is saved under a name, and by operators', async () => {
    const path = '/t/acme/shipments';
    const fields = { do: 'save', name: ' ', path: '/shipments', query: '' };
    expect((await operator.submit(path, '/t/acme/views', fields)).status).toBe(400);
    expect((await viewer.submit(path, '/t/acme/views', { ...fields, name: 'Mine' })).status).toBe(403);
  });
});
