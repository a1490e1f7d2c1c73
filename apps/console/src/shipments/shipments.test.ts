import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Decision } from '@keycourier/journey/model/change';
import { holdFor } from '@keycourier/journey/steps/hold';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { readHistory } from '@keycourier/ledger/shipments/read-history';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { actionTexts, addressConfirmation } from '@keycourier/messages/actions';
import { refusalMessages, secondHandMessages } from '@keycourier/messages/refusals';
import { remedyFor } from '@keycourier/messages/remedies';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole } from '../testing/running-console.ts';
import { addHeldShipment, addSealedShipment, addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let client: TestClient;
let viewer: TestClient;
let held: string;
/** A shipment for the operator `noor`. */
let first: string;
const noor = { user: '', password: 'her own, and long enough' };
/** The same person's account of another name. */
const keeper = { user: 'keeper', password: 'hers as well, and as long' };

const hiddenIn = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  first = await addShipment(ledger);
  noor.user = (await readShipment(ledger, 'acme', first))?.secrets.login ?? '';
  const operators = [
    { ...ada, role: 'operator' } as const,
    { ...grace, role: 'viewer' } as const,
    noor,
    { ...keeper, login: noor.user.toUpperCase() },
  ];
  const { url } = await startTestConsole({ databaseUrl: database.url, operators });
  client = new TestClient(url);
  await client.signIn(ada);
  viewer = new TestClient(url);
  await viewer.signIn(grace);
  for (let count = 1; count < 60; count += 1) await addShipment(ledger);
  held = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function html(path: string): Promise<string> {
  return (await client.request(path)).text();
}

const rowsIn = (page: string): string[] => [...page.matchAll(/<tr id="(shp_\w+)"/g)].map(([, id = '']) => id);

describe('the list of shipments', () => {
  test('has pages that the address names, newest first, and none twice', async () => {
    const first = await html('/t/acme/shipments');
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
    const second = await html(next.replaceAll('&amp;', '&'));
    expect(rowsIn(first)).toHaveLength(50);
    expect(rowsIn(second)).toHaveLength(11);
    expect(new Set([...rowsIn(first), ...rowsIn(second)]).size).toBe(61);
    expect(second).not.toContain('rel="next"');
  });

  test('is filtered by the address, which also names the command', async () => {
    const page = await html('/t/acme/shipments?status=held,failed&hold=profile_problems');
    expect(rowsIn(page)).toEqual([held]);
    expect(page).toContain('keycourier list --status held failed --hold profile_problems');
  });

  test('names what it does not understand of a filter, and leaves it out', async () => {
    const page = await html('/t/acme/shipments?status=hold&since=yesterday&user=00u0');
    expect(page).toContain('Not understood, and left out: status, since.');
    expect(rowsIn(page)).toEqual([]);
  });

  test('of another tenant has none of these', async () => {
    expect(rowsIn(await html('/t/globex/shipments'))).toEqual([]);
    expect((await client.request(`/t/globex/shipments/${held}`)).status).toBe(404);
    expect((await client.request('/t/initech/shipments')).status).toBe(404);
  });
});

describe('the page of a shipment', () => {
  test('says why it is held and what to do', async () => {
    const page = await html(`/t/acme/shipments/${held}`);
    expect(page).toContain(remedyFor('profile_problems zipCode/missing').happened);
    expect(page).toContain('zipCode: missing');
    expect(page).toContain(`data-live-id="${held}"`);
  });

  test.each(['shp_01kab3v6d2m8zq4w0xrt5y7n9c', 'x', '%00', '__proto__'])('does not exist for %s', async (id) => {
    expect((await client.request(`/t/acme/shipments/${id}`)).status).toBe(404);
  });
});

describe('an action', () => {
  const auditOf = async (id: string) => {
    const entries = await readAudit(ledger, { tenant: 'acme' }, { limit: 100 });
    return entries.filter(({ subject }) => subject.id === id).map(({ action, reason }) => [action, reason]);
  };

  test('says what it will do, is applied once confirmed, and is recorded with its reason', async () => {
    const id = await addHeldShipment(ledger, 'parcel_lost');
    const path = `/t/acme/shipments/${id}/actions/retry`;
    expect(await html(`/t/acme/shipments/${id}`)).toContain(`href="${path}"`);
    expect(await html(path)).toContain(actionTexts.retry.effect);
    const answer = await client.submit(path, path, { reason: 'It was found' });
    const location = answer.headers.get('location') ?? '';
    expect([answer.status, location.split('?')[0]]).toEqual([303, `/t/acme/shipments/${id}`]);
    const done = `Done: ${actionTexts.retry.title.toLowerCase()}.`;
    expect(await html(location)).toContain(done);
    // No link says that something was done: not of another action or shipment, and in no other session.
    for (const forged of [`/t/acme/shipments/${id}?did=retry`, location.replace('retry', 'cancel')])
      expect(await html(forged)).not.toContain('Done:');
    const other = await addShipment(ledger);
    expect(await html(location.replace(id, other))).not.toContain('Done:');
    const stranger = new TestClient(client.base);
    await stranger.signIn(ada);
    expect(await (await stranger.request(location)).text()).not.toContain('Done:');
    const shipment = await readShipment(ledger, 'acme', id);
    expect(shipment?.hold).toBeNull();
    expect(await auditOf(id)).toEqual([['shipment.retry', 'It was found']]);
    const history = JSON.stringify(await readHistory(ledger, id));
    expect(history).toContain('"by":"operator"');
    expect(history).not.toMatch(/\bada\b/);
  });

  test('that does not apply is refused with the reason, and recorded nowhere', async () => {
    const id = await addShipment(ledger);
    const path = `/t/acme/shipments/${id}/actions/confirm-receipt`;
    const answer = await client.submit(path, path);
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining(refusalMessages.not_shipped_yet),
    ]);
    expect(await auditOf(id)).toEqual([]);
  });

  test.each(['release-pin', 'resend-pin'])(
    '%s needs a fresh sign-in, which ends at its page and sends no form again',
    async (action) => {
      const one = new TestClient(client.base);
      await one.signIn(ada);
      const path = `/t/acme/shipments/${held}/actions/${action}`;
      const stepUp = `/step-up?to=${encodeURIComponent(path)}`;
      const [page, sent] = [
        await one.request(path),
        await one.submit('/preferences', path, { reason: 'The parcel was lost' }),
      ];
      expect([page.status, page.headers.get('location')]).toEqual([302, stepUp]);
      expect(sent.status).toBe(403);
      const { _csrf: token = '' } = hiddenIn(await (await one.request(stepUp)).text());
      const form = {
        method: 'POST',
        headers: { origin: one.origin, 'content-type': 'application/x-www-form-urlencoded' },
      };
      const again = await one.request(path, {
        ...form,
        body: new URLSearchParams({ _csrf: token, reason: 'Lost' }).toString(),
      });
      const refused = await again.text();
      expect([again.status, refused.includes(`href="${stepUp}"`)]).toEqual([403, true]);
      expect(refused).not.toContain('<textarea');
      expect((await one.submit(stepUp, '/step-up', { password: 'nine volts' })).status).toBe(401);
      const done = await one.submit(stepUp, '/step-up', { password: ada.password });
      expect([done.status, done.headers.get('location')]).toEqual([303, path]);
      expect((await one.request(path)).status).toBe(200);
      expect(await auditOf(held)).toEqual([]);
    },
  );

  const signedInFreshly = async (account: { user: string; password: string }, base = client.base) => {
    const one = new TestClient(base);
    await one.signIn(account);
    await one.submit('/step-up', '/step-up', { password: account.password });
    return one;
  };
  const refusalsOf = async (id: string) => {
    const entries = await readAudit(ledger, { tenant: 'acme', actions: ['shipment.pin_refused'] }, { limit: 100 });
    return entries.filter(({ subject }) => subject.id === id).map(({ detail, actor }) => [actor.id, detail]);
  };

  test.each([
    ['named like the login', noor],
    ['that names its login', keeper],
  ])("about the operator's own PIN needs another operator, and is recorded: an account %s", async (_what, account) => {
    const own = await signedInFreshly(account);
    const path = `/t/acme/shipments/${first}/actions/release-pin`;
    expect(await (await own.request(path)).text()).toContain(secondHandMessages.own_pin);
    const answer = await own.submit(path, path, { reason: 'I need it now' });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining(secondHandMessages.own_pin)]);
    const detail = { refused: 'own_pin', action: 'shipment.release_pin' };
    expect(await refusalsOf(first)).toContainEqual([account.user, detail]);
  });

  test('about a PIN is refused in production to an account whose login is not known', async () => {
    const { url } = await startTestConsole({
      databaseUrl: database.url,
      mode: 'production',
      operators: [{ ...ada, login: 'ada@acme.example' }, grace],
    });
    const https = { 'x-forwarded-proto': 'https' };
    const release = async (account: typeof ada): Promise<string> => {
      const one = new TestClient(url, https);
      await one.signIn(account);
      await one.submit('/step-up', '/step-up', { password: account.password });
      const path = `/t/acme/shipments/${first}/actions/release-pin`;
      return (await one.submit(path, path, { reason: 'The parcel was lost' })).text();
    };
    expect(await release(grace)).toContain(secondHandMessages.unknown_person.slice(0, 60));
    expect(await release(ada)).toContain(refusalMessages.credential_not_active);
  });

  const withSealedPin = (release: 'on_receipt' | 'on_activation'): Promise<string> =>
    addSealedShipment(ledger, { release });

  test('confirm-receipt is about a PIN where it releases one', async () => {
    const [waits, own] = [await withSealedPin('on_receipt'), await withSealedPin('on_activation')];
    const path = (id: string): string => `/t/acme/shipments/${id}/actions/confirm-receipt`;
    const one = new TestClient(client.base);
    await one.signIn(ada);
    expect((await one.request(path(own))).status).toBe(200);
    expect((await one.request(path(waits))).headers.get('location')).toMatch(/^\/step-up/);
    expect((await one.submit('/t/acme/preferences', path(waits), { reason: 'It came' })).status).toBe(403);
    const fresh = await signedInFreshly(ada);
    const unexplained = await fresh.submit(path(waits), path(waits));
    expect([unexplained.status, await unexplained.text()]).toEqual([409, expect.stringContaining('Enter the reason')]);
    expect((await fresh.submit(path(waits), path(waits), { reason: 'It came' })).status).toBe(303);
  });

  test('that releases a PIN whose address changed confirms the new address by a checkbox of its own', async () => {
    const id = await withSealedPin('on_activation');
    await move(ledger, id, (shipment) => holdFor(shipment, 'pin_address_changed', { now: ledger.now(), problems: [] }));
    const path = `/t/acme/shipments/${id}/actions/release-pin`;
    const fresh = await signedInFreshly(ada);
    const page = await (await fresh.request(path)).text();
    expect(page).toContain(addressConfirmation.warning);
    expect(page).toMatch(/<input type="checkbox" name="confirmsAddress" value="yes" required/);
    const without = await fresh.submit(path, path, { reason: 'They moved' });
    expect([without.status, await without.text()]).toEqual([409, expect.stringContaining(addressConfirmation.missing)]);
    expect((await readShipment(ledger, 'acme', id))?.hold?.code).toBe('pin_address_changed');
    expect((await fresh.submit(path, path, { reason: 'They moved', confirmsAddress: 'yes' })).status).toBe(303);
    const released = await readShipment(ledger, 'acme', id);
    expect([released?.hold, released?.plan.releaseOverridden]).toEqual([null, true]);
  });

  test('about a PIN needs a reason', async () => {
    await client.submit('/step-up', '/step-up', { password: ada.password });
    const path = `/t/acme/shipments/${held}/actions/release-pin`;
    const answer = await client.submit(path, path, { reason: ' x ' });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('Enter the reason')]);
  });

  test('is neither offered to a viewer nor accepted from one', async () => {
    const path = `/t/acme/shipments/${held}`;
    const page = await (await viewer.request(path)).text();
    expect(page).toContain('zipCode: missing');
    expect(page).not.toMatch(/actions\/|\/address/);
    for (const sub of ['/actions/retry', '/address']) {
      expect((await viewer.request(path + sub)).status).toBe(403);
      expect((await viewer.submit(path, path + sub)).status).toBe(403);
    }
    expect(await auditOf(held)).toEqual([]);
  });

  test('of no name, or on no shipment, does not exist', async () => {
    for (const path of [`/t/acme/shipments/${held}/actions/constructor`, '/t/acme/shipments/x/actions/retry'])
      expect((await client.request(path)).status).toBe(404);
  });
});

describe('an address', () => {
  const profile = {
    streetAddress: { value: '1 Main Steet', source: 'okta' },
    zipCode: { value: '6270', source: 'okta' },
  } as const;
  const heldForAddress = (): Promise<string> =>
    addShipment(ledger, (shipment): Decision => {
      const problems = [{ field: 'streetAddress', code: 'missing' }];
      const { change, note } = holdFor(shipment, 'profile_problems', { now: ledger.now(), problems });
      const suggestion = { values: { streetAddress: '1 Main Street' }, replaced: {} };
      const sourced = { profile, isNewUser: false, enabledCountries: null };
      return { change: { ...change, secrets: { suggestion, sourced } }, note };
    });

  test('is shown with its sources, the suggestion letter by letter, and recorded as opened', async () => {
    const id = await heldForAddress();
    const page = await html(`/t/acme/shipments/${id}/address`);
    expect(page).toMatch(/1 Main Steet.*okta/);
    expect(page).toMatch(/<span>1 Main St<\/span><ins>r<\/ins><span>eet<\/span>/);
    const entries = await readAudit(ledger, { tenant: 'acme' }, { limit: 100 });
    expect(entries.filter(({ subject }) => subject.id === id)).toEqual([
      expect.objectContaining({ action: 'address.opened' }),
    ]);
  });

  test('that would still be held is refused with what is wrong', async () => {
    const id = await heldForAddress();
    const path = `/t/acme/shipments/${id}/address`;
    const answer = await client.submit(path, path, { decision: 'accept' });
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining(refusalMessages.correction_unshippable.slice(0, 60)),
    ]);
    // The page of the form, and the refusal, which shows the address too.
    const entries = await readAudit(ledger, { tenant: 'acme', subjectId: id }, { limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(['address.opened', 'address.opened']);
  });

  test('that changed after its page was opened is not corrected by it', async () => {
    const id = await heldForAddress();
    const path = `/t/acme/shipments/${id}/address`;
    const answer = await client.submit(path, path, { decision: 'enter', zipCode: '62704', seen: 'another' });
    expect([answer.status, await answer.text()]).toEqual([
      409,
      expect.stringContaining('changed after this page was opened'),
    ]);
    expect((await readShipment(ledger, 'acme', id))?.hold).not.toBeNull();
  });

  test('is not opened by a form that is none of the page', async () => {
    const path = `/t/acme/shipments/${await heldForAddress()}/address`;
    expect((await client.submit(path, path, { decision: 'steal' })).status).toBe(400);
  });
});

describe('an export', () => {
  const path = '/t/acme/shipments/export?status=held&hold=profile_problems';

  test('needs a fresh sign-in and a reason, has what the filter selects, and is recorded', async () => {
    const fresh = new TestClient(client.base);
    await fresh.signIn(ada);
    expect((await fresh.request(path)).headers.get('location')).toMatch(/^\/step-up/);
    const early = await fresh.submit('/t/acme/shipments', path, { reason: 'without a step-up' });
    expect([early.status, await early.text()]).toEqual([403, expect.stringContaining('href="/step-up?to=')]);
    await fresh.submit(`/step-up?to=${encodeURIComponent(path)}`, '/step-up', { password: ada.password });
    expect(await (await fresh.request(path)).text()).toMatch(/Export \d+ shipments/);
    expect((await fresh.submit(path, path, { reason: 'x' })).status).toBe(409);
    const answer = await fresh.submit(path, path, { reason: 'for the quarterly review' });
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(answer.headers.get('content-disposition')).toMatch(/shipments-acme-\d{4}-\d\d-\d\d\.csv/);
    const [header, ...rows] = (await answer.text()).trim().split('\r\n');
    expect(header).toMatch(/^\uFEFF?id,status,login/);
    expect(rows.some((row) => row.startsWith(held))).toBe(true);
    expect(rows.every((row) => row.includes(',held,') && row.includes('profile_problems'))).toBe(true);
    const [entry] = await readAudit(ledger, { tenant: 'acme', actions: ['export'] }, { limit: 1 });
    expect(entry).toMatchObject({ reason: 'for the quarterly review', detail: { filter: 'status hold' } });
  });

  test('is not for viewers', async () => {
    expect((await viewer.request(path)).status).toBe(403);
    expect(await (await viewer.request('/t/acme/shipments')).text()).not.toContain('/export');
  });
});

describe('the columns of the list', () => {
  const columnsOf = (page: string): string[] =>
    [...page.matchAll(/<th scope="col">([^<]*)<\/th>/g)].map(([, title = '']) => title);

  test('are those that the operator chose, in one order, in every list and for this operator alone', async () => {
    await addShipment(ledger);
    const standard = columnsOf(await html('/t/acme/shipments'));
    const choose = (columns: Record<string, string>) =>
      client.submit('/t/acme/preferences', '/t/acme/preferences', { time: 'relative', keyboard: 'on', ...columns });
    expect((await choose({ column: 'serial' })).status).toBe(303);
    expect(columnsOf(await html('/t/acme/shipments'))).toEqual(['Person', 'Serial']);
    const stranger = new TestClient(client.base);
    await stranger.signIn(grace);
    expect(columnsOf(await (await stranger.request('/t/acme/shipments')).text())).toEqual(standard);
    await choose({ column: 'unknown' });
    expect(columnsOf(await html('/t/acme/shipments'))).toEqual(standard);
  });
});
