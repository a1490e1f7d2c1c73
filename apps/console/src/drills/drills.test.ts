import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { change, hold, profile } from '@keycourier/ledger/testing/sample-shipments';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { connectSampleLedger, login } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

const signIn = {
  issuer: 'http://127.0.0.1:1',
  clientId: '0oa2example',
  clientSecret: { env: 'TEST_CLIENT_SECRET' },
  groups: [
    { name: 'keys admins', role: 'admin' },
    { name: 'keys acme operators', role: 'operator', tenant: 'acme' },
    { name: 'keys globex viewers', role: 'viewer', tenant: 'globex' },
  ],
};

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let operator: TestClient;
let viewer: TestClient;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  running = await startTestConsole({
    databaseUrl: database.url,
    console: { url: 'http://127.0.0.1:1', signIn },
    operators: [
      { ...ada, role: 'operator' },
      { ...grace, role: 'viewer' },
    ],
  });
  [operator, viewer] = [new TestClient(running.url), new TestClient(running.url)];
  await operator.signIn(ada);
  await viewer.signIn(grace);
});
afterAll(async () => {
  await closeAll();
  await database.drop();
});

/** The page's text, with single spaces. */
async function text(path: string): Promise<string> {
  const html = await (await operator.request(path)).text();
  const [, main = ''] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  return main.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('a sign-in', () => {
  const explain = (...groups: string[]): Promise<string> =>
    text(`/t/acme/drills?${new URLSearchParams({ groups: groups.join('\r\n') }).toString()}`);

  test.each([
    [['keys acme operators', 'others'], /would be operator in acme.*others none no rule of acme has this name/],
    [['keys acme operators', 'keys admins'], /would be admin in acme/],
    [['Keys Admins'], /would be refused.*names are compared exactly, and the rule’s is “keys admins”/],
    [['keys globex viewers'], /could sign in, but acme would not exist for it/],
  ])('with the groups %j has the role that the rules say', async (groups, says) => {
    expect(await explain(...groups)).toMatch(says);
  });

  test('is explained without the rules of other tenants', async () => {
    const page = await text('/t/acme/drills');
    expect(page).toContain('keys acme operators');
    expect(page).not.toContain('keys globex viewers');
  });
});

describe('a dry run', () => {
  const begin = async (user: string): Promise<{ id: string; location: string }> => {
    const answer = await operator.submit('/t/acme/drills', '/t/acme/drills', { user, product: '0', purpose: 'backup' });
    const location = answer.headers.get('location') ?? '';
    return { location, id: new URL(location, running.url).searchParams.get('run') ?? '' };
  };

  test('is of this person, and recorded', async () => {
    const { id, location } = await begin(login);
    const shipment = await readShipment(ledger, 'acme', id);
    expect(shipment).toMatchObject({ purpose: 'backup', plan: { dryRun: true }, secrets: { login } });
    expect(await text(location)).toMatch(/has not checked it yet/);
    const entries = await readAudit(ledger, { tenant: 'acme' }, { limit: 10 });
    expect(entries.filter(({ subject }) => subject.id === id)).toMatchObject([
      { action: 'dry_run.started', actor: { id: 'ada', role: 'operator' } },
    ]);
  });

  test('of an Okta id asks for that user', async () => {
    const { id } = await begin('00u1234567890abcdefg');
    expect(await readShipment(ledger, 'acme', id)).toMatchObject({ user: { id: '00u1234567890abcdefg' } });
  });

  test('says what a request would be held for, and shows no address of a person', async () => {
    const { id, location } = await begin('held@acme.example');
    await change(ledger, id, { secrets: { profile } });
    await hold(ledger, id, 'profile_problems');
    const page = await text(location);
    expect(page).toContain('A request would be held.');
    expect(page).not.toContain(profile.streetLine1);
    expect(page).not.toContain(profile.email);
  });

  test.each(['', 'two words', 'a\u0007b'])('of %j is refused', async (user) => {
    const answer = await operator.submit('/t/acme/drills', '/t/acme/drills', {
      user,
      product: '0',
      purpose: 'primary',
    });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('Enter the login of one person');
  });

  test('of one tenant is not shown by another', async () => {
    const { id } = await begin('one@acme.example');
    expect(await text(`/t/globex/drills?run=${id}`)).not.toContain('one@acme.example');
  });

  test('is not for viewers', async () => {
    expect((await viewer.request('/t/acme/drills')).status).toBe(403);
    expect((await viewer.submit('/t/acme', '/t/acme/drills', { user: login })).status).toBe(403);
  });
});
