import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { describeHold } from '@keycourier/messages/holds';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';

import type { Viewer } from '../pages/viewer.ts';
import { closeAll } from '../testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import {
  addHeldShipment,
  addShipment,
  login,
  connectSampleLedger,
  pause,
  setEventAside,
} from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';
import { OverviewView } from './overview-view.tsx';
import type { HeldShipment, Overview } from './read-overview.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let operator: TestClient;
let nowMs = Date.parse('2026-11-20T08:00:00Z');
const now = (): Date => new Date(nowMs);

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url, now);
  running = await startTestConsole({ databaseUrl: database.url, now });
  operator = new TestClient(running.url);
  await operator.signIn(ada);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

/** The page's text, with single spaces. */
async function overview(): Promise<string> {
  const html = await (await operator.request('/t/acme')).text();
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('the overview', () => {
  test('reports that no shipment is held', async () => {
    expect(await overview()).toContain('No shipment is held.');
  });

  test('lists held shipments, longest held first, with the reason, the next step and the codes', async () => {
    const first = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    nowMs += 2 * 3_600_000;
    const second = await addHeldShipment(ledger, 'parcel_lost');
    nowMs += 60_000;
    const text = await overview();
    expect(text).toMatch(
      new RegExp(
        `Needs attention 2 .*${first} primary key, product 1, .* by api 2 hr ago .* profile_problems .*zipCode: missing.*${second} primary key, product 1, .* by api 1 min ago .* parcel_lost`,
      ),
    );
    expect(text).toContain(describeHold('parcel_lost'));
    expect(text).toContain(describeProblem({ field: 'zipCode', code: 'missing' }).message);
  });

  test('counts shipments by status, without dry runs', async () => {
    await addShipment(ledger);
    await addShipment(ledger, undefined, { dryRun: true });
    await addShipment(ledger, () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    expect(await overview()).toMatch(/1 Requested 0 Ready .*0 Completed 2 Held 0 Failed 1 Cancelled/);
  });

  test('shows whose System Log cannot be read, and what to grant', async () => {
    expect(await overview()).not.toContain('System Log');
    await ledger.db
      .insertInto('catch_up')
      .values({ tenant: 'acme', problem: 'missing_scope', problem_detail: 'a detail', problem_since: now() })
      .execute();
    expect(await overview()).toMatch(/The System Log cannot be read since .*: .*okta\.logs\.read/);
    await ledger.db.updateTable('catch_up').set({ problem: null }).execute();
    expect(await overview()).not.toContain('System Log');
  });

  test('shows paused tenants until the pause ends, and events set aside', async () => {
    expect(await overview()).not.toMatch(/paused|set aside/);
    await pause(ledger, 'acme', new Date(nowMs + 300_000), 'okta answers 401');
    await setEventAside(ledger, 'a');
    await setEventAside(ledger, 'b');
    const text = await overview();
    expect(text).toContain('The tenant is paused until in 5 min : okta answers 401.');
    expect(text).toContain('Events set aside: 2 .');
    nowMs += 300_001;
    expect(await overview()).not.toContain('is paused');
  });

  test('shows no sealed value', async () => {
    expect(await overview()).not.toContain(login);
  });
});

describe('the page', () => {
  const held: HeldShipment = {
    id: 'shp_1',
    purpose: 'backup',
    trigger: 'group-add',
    product: { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' },
    code: 'order_refused',
    problems: [],
    since: new Date(0),
  };
  const viewer: Viewer = {
    operator: 'ada',
    signedIn: { user: 'ada', source: 'local', generation: '1', oktaUserId: null, grants: [] },
    requestId: null,
    tenant: 'acme',
    tenants: ['acme'],
    role: 'operator',
    token: 't',
    now: new Date(1),
    url: '/t/acme',
    times: 'utc',
    timeZone: 'UTC',
    keys: true,
  };
  const page = (changes: Partial<HeldShipment>): string => {
    const overview: Overview = {
      counts: { held: 1_234 },
      held: [{ ...held, ...changes }],
      heldTotal: 1_234,
      paused: null,
      eventsSetAside: 0,
      unreadLog: null,
    };
    return renderToString(h(OverviewView, { overview, viewer }));
  };

  test('shows which key is held', () => {
    expect(page({})).toContain('backup key, product 29, inventory 106, customization RXJN83, by group-add');
  });

  test('redacts a value in place of a field or a code', () => {
    const text = page({ problems: [{ field: 'Canary Street 7', code: '12345678' }] });
    expect(text).not.toMatch(/Canary|12345678/);
  });

  test('leads to the held shipments that are not listed', () => {
    expect(page({})).toContain('All 1,234 held shipments');
  });

  test('shows a message once that the hold and its problem share', () => {
    const text = page({
      code: 'pin_address_changed',
      problems: [{ field: 'email', code: 'changed_since_the_check' }],
    });
    expect(text.split('The address for the PIN changed in Okta')).toHaveLength(2);
    expect(text).toContain('changed_since_the_check');
  });

  test('has a message for an unknown hold code', () => {
    expect(page({ code: 'a_new_code' })).toContain('The shipment is held. See it in the API');
  });
});
