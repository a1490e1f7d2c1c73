import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { verifyAudit } from '@keycourier/ledger/audit/verify-audit';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';

import { closeAll } from '../testing/close-all.ts';
import { query } from '../testing/query.ts';
import { ada, grace, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { addHeldShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

const linus = { user: 'linus', password: 'penguins, all the way' };
const glass = { user: 'glass', password: 'break in an emergency' };

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let admin: TestClient;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  const operators = [
    { ...ada, role: 'admin' as const },
    { ...linus, role: 'admin' as const, tenants: ['acme'] },
    { ...grace, role: 'viewer' as const, tenants: ['acme'] },
    { ...glass, breakGlass: true },
  ];
  running = await startTestConsole({ databaseUrl: database.url, operators });
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

beforeEach(async () => {
  admin = await signedIn(ada);
  await query(database.url, `delete from console.session where sess->'operator'->>'user' <> 'ada'`);
});

async function signedIn(who: { user: string; password: string }): Promise<TestClient> {
  const client = new TestClient(running.url);
  expect((await client.signIn(who)).status).toBe(303);
  return client;
}

const isIn = async (client: TestClient): Promise<boolean> => (await client.request('/sign-out')).status === 200;
const sessionsPage = async (): Promise<string> => (await admin.request('/sessions')).text();
const end = (fields: Record<string, string>): Promise<Response> => admin.submit('/sign-out', '/sessions', fields);
const audit = (tenant: string) => readAudit(ledger, { tenant }, { limit: 100 });

const referencesOf = async (user: string): Promise<string[]> => {
  const { rows } = await query(
    database.url,
    `select sess->>'reference' as reference from console.session where sess->'operator'->>'user' = '${user}'`,
  );
  return rows.map(({ reference }) => String(reference));
};

describe('the page of the sessions', () => {
  test('is for an admin of all tenants alone, and linked for no other', async () => {
    const [local, viewer] = [await signedIn(linus), await signedIn(grace)];
    for (const client of [local, viewer]) {
      expect((await client.request('/sessions')).status).toBe(403);
      const refused = await client.submit('/sign-out', '/sessions', { operator: 'local:ada' });
      expect(refused.status).toBe(403);
      expect(await (await client.request('/t/acme')).text()).not.toContain('href="/sessions"');
    }
    expect(await isIn(admin)).toBe(true);
    expect(await (await admin.request('/t/acme')).text()).toContain('href="/sessions"');
  });

  test('names operators, sources and roles, and no id of a session', async () => {
    await signedIn(grace);
    await signedIn(glass);
    const page = await sessionsPage();
    expect(page).toContain('viewer of acme');
    expect(page).toContain('break-glass account');
    expect(page).toContain('admin of all tenants');
    const { rows } = await query(database.url, 'select sid from console.session');
    for (const { sid } of rows) expect(page).not.toContain(String(sid));
  });

  test('has only sessions that are valid', async () => {
    await signedIn(grace);
    await query(
      database.url,
      `update console.session set sess = jsonb_set(sess::jsonb, '{operator,generation}', '"earlier"')::json
       where sess->'operator'->>'user' = 'grace'`,
    );
    expect(await sessionsPage()).not.toContain('grace');
    await query(
      database.url,
      `update console.session set sess = '{"operator":"grace","cookie":{}}'::json where sess->'operator'->>'user' = 'grace'`,
    );
    expect((await admin.request('/sessions')).status).toBe(200);
  });
});

describe('an admin ends', () => {
  test('one session at once, and the others of the operator go on', async () => {
    const one = await signedIn(grace);
    const [reference = ''] = await referencesOf('grace');
    const other = await signedIn(grace);
    const answer = await end({ reference });
    expect(answer.headers.get('location')).toBe('/sessions?ended=1');
    expect([await isIn(one), await isIn(other)]).toEqual([false, true]);
    expect((await end({ reference })).headers.get('location')).toBe('/sessions?ended=0');
  });

  test('all sessions of an operator, and none of another', async () => {
    const clients = [await signedIn(grace), await signedIn(grace)];
    const other = await signedIn(linus);
    expect(await sessionsPage()).toContain('End all 2 sessions');
    expect((await end({ operator: 'local:grace' })).headers.get('location')).toBe('/sessions?ended=2');
    expect(await Promise.all([...clients, other].map(isIn))).toEqual([false, false, true]);
  });

  test('no session by a form that names none', async () => {
    expect((await end({})).headers.get('location')).toBe('/sessions?ended=0');
    expect(await isIn(admin)).toBe(true);
  });

  test('a session, and its live pages end', async () => {
    const client = await signedIn(grace);
    const stream = await client.request('/t/acme/live', { headers: { accept: 'text/event-stream' } });
    const others = await admin.request('/t/acme/live', { headers: { accept: 'text/event-stream' } });
    await end({ operator: 'local:grace' });
    expect(await stream.text()).toContain('retry:');
    // One check ends the streams of ended sessions: those of others are open after it.
    const ofOthers = others.text().then(() => 'ended');
    expect(await Promise.race([ofOthers, isIn(admin).then(() => 'open')])).toBe('open');
  });

  test('a session that is stepping up: it does not come back', async () => {
    const client = await signedIn(glass);
    const [reference = ''] = await referencesOf('glass');
    await client.request('/step-up?to=/t/acme');
    await query(
      database.url,
      `create function console.end_first() returns trigger language plpgsql as $$
       begin delete from console.session where sess->>'reference' = '${reference}'; return new; end $$;
       create trigger end_first after insert on console.sign_in_attempts for each row execute function console.end_first()`,
    );
    const answer = await client.submit('/step-up?to=/t/acme', '/step-up', { password: glass.password });
    expect(answer.headers.get('location')).toBe('/sign-in');
    expect(await referencesOf('glass')).toEqual([]);
    await query(database.url, 'drop function console.end_first() cascade');
  });
});

describe('the audit', () => {
  test('has each sign-in and each ended session, in the tenants of the operator', async () => {
    const before = { acme: await audit('acme'), globex: await audit('globex') };
    await signedIn(grace);
    const [reference = ''] = await referencesOf('grace');
    await end({ reference, reason: 'a lost laptop' });
    const [ended, began] = await audit('acme');
    expect(began).toMatchObject({
      actor: { kind: 'operator', id: 'grace', role: 'viewer' },
      action: 'sign_in',
      subject: { kind: 'session', id: reference },
      detail: { source: 'local' },
    });
    expect(ended).toMatchObject({
      actor: { kind: 'operator', id: 'ada', role: 'admin' },
      action: 'session.ended',
      subject: { kind: 'session', id: reference },
      reason: 'a lost laptop',
    });
    expect(began?.requestId).toEqual(expect.any(String));
    expect((await audit('acme')).length).toBe(before.acme.length + 2);
    expect((await audit('globex')).length).toBe(before.globex.length);
  });

  test('has the sign-in of a break-glass account in every tenant', async () => {
    await signedIn(glass);
    for (const tenant of ['acme', 'globex'])
      expect((await audit(tenant))[0]).toMatchObject({ action: 'sign_in.break_glass', actor: { id: 'glass' } });
    expect(await verifyAudit(ledger, { tenant: 'globex', erasedBefore: new Date(0) })).toMatchObject({
      outcome: 'intact',
      isComplete: true,
    });
  });

  test('of a page that acts is logged with its place, as that of a sign-in is', async () => {
    const id = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    await admin.submit(`/t/acme/shipments/${id}/actions/cancel`, `/t/acme/shipments/${id}/actions/cancel`);
    await admin.submit('/t/acme/flows', '/t/acme/flows/group-add', { enabled: 'no' });
    const entries = await audit('acme');
    expect(entries.slice(0, 2).map(({ action }) => action)).toEqual(['flow.switched', 'shipment.cancel']);
    for (const { seq, hash } of entries)
      expect(running.log()).toContain(`"tenant":"acme","seq":${seq},"hash":"${hash}","msg":"audit entry recorded"`);
  });

  test('that cannot be written admits no operator', async () => {
    await query(database.url, 'alter table audit_heads rename to audit_heads_away');
    const answer = await new TestClient(running.url).signIn(grace);
    await query(database.url, 'alter table audit_heads_away rename to audit_heads');
    expect(answer.status).toBe(503);
    expect(await referencesOf('grace')).toEqual([]);
  });
});
