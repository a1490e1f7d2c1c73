import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeHold } from '@keycourier/messages/holds';

import { closeAll } from '../testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import {
  addHeldShipment,
  addShipment,
  login,
  openSampleLedger,
  pause,
  setEventAside,
} from '../testing/sample-ledger.ts';
import { Visitor } from '../testing/visitor.ts';
import { ago, overviewPage } from './overview-page.ts';
import type { HeldShipment } from './read-overview.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let served: TestConsole;
let operator: Visitor;
let nowMs = Date.parse('2026-11-20T08:00:00Z');
const now = (): Date => new Date(nowMs);

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await openSampleLedger(database.url, now);
  served = await startTestConsole({ databaseUrl: database.url, now });
  operator = new Visitor(served.url);
  await operator.signIn(ada);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

/** The page as a reader sees it: words, with one blank between them. */
async function overview(): Promise<string> {
  const html = await (await operator.ask('/')).text();
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('the overview', () => {
  test('is calm while nobody has to act', async () => {
    expect(await overview()).toContain('Nothing is held.');
  });

  test('names who waits for a person, the longest wait first, and what to do', async () => {
    const first = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    nowMs += 2 * 3_600_000;
    const second = await addHeldShipment(ledger, 'parcel_lost');
    nowMs += 60_000;
    const text = await overview();
    expect(text).toMatch(
      new RegExp(
        `A person must act 2 .*${first} acme 2 h profile_problems .*zipCode missing.*${second} acme 1 min parcel_lost`,
      ),
    );
    expect(text).toContain(describeHold('parcel_lost'));
  });

  test('counts the shipments by their status, and no rehearsal', async () => {
    await addShipment(ledger);
    await addShipment(ledger, undefined, { dryRun: true });
    await addShipment(ledger, () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    expect(await overview()).toMatch(/1 Requested 0 Ready .*0 Completed 2 Held 0 Failed 1 Cancelled/);
  });

  test('tells of paused tenants while they are, and of events set aside', async () => {
    expect(await overview()).not.toMatch(/paused|set aside/);
    await pause(ledger, 'globex', new Date(nowMs + 300_000), 'okta answers 401');
    await setEventAside(ledger, 'a');
    await setEventAside(ledger, 'b');
    const text = await overview();
    expect(text).toContain('Tenant globex is paused until 10:06 UTC: okta answers 401.');
    expect(text).toContain('Events set aside since they could not be read: 2 .');
    nowMs += 300_001;
    expect(await overview()).not.toContain('is paused');
  });

  test('shows nothing that is sealed', async () => {
    expect(await overview()).not.toContain(login);
  });
});

describe('the page', () => {
  const held: HeldShipment = { id: 'shp_1', tenant: 'acme', code: 'order_refused', problems: [], since: new Date(0) };
  const page = (given: Partial<HeldShipment>): string =>
    overviewPage({
      overview: {
        counts: { held: 1_234 },
        held: [{ ...held, ...given }],
        heldTotal: 1_234,
        paused: [],
        eventsSetAside: 0,
      },
      operator: '<ada>',
      token: 't',
      now: new Date(1),
    });

  test('escapes what it is given', () => {
    expect(page({})).toContain('&lt;ada&gt;');
    expect(page({ tenant: '<b>' })).toContain('&lt;b&gt;');
  });

  test('shows no value that got in where a field or a code belongs', () => {
    const text = page({ problems: [{ field: 'Canary Street 7', code: '12345678' }] });
    expect(text).not.toMatch(/Canary|12345678/);
  });

  test('says how many more are held than it shows', () => {
    expect(page({})).toContain('and 1,233 more');
  });

  test('has advice for a hold that it does not know', () => {
    expect(page({ code: 'a_new_code' })).toContain('The shipment is held. See it in the API');
  });
});

describe('how long a shipment is held', () => {
  test.each([
    [59_000, 'just now'],
    [60_000, '1 min'],
    [3_599_000, '59 min'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 days'],
  ])('%d ms is %s', (ms, words) => expect(ago(ms)).toBe(words));
});
