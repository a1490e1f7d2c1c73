import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';

import { createApiKey, readApiKey, revokeApiKey } from '../api-keys/api-keys.ts';
import type { Ledger } from '../connect-ledger.ts';
import { eraseOperators } from '../retention/erase-audit-details.ts';
import { cutOffs } from '../retention/policy.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { changePreferences, readPreferences, standardPreferences } from './preferences.ts';
import { deleteView, listViews, maxSavedViews, saveView } from './saved-views.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const view = (name: string, query = 'status=held') => ({ name, path: '/shipments', query, createdBy: 'anna' });

describe('saved views', () => {
  test('are those of their tenant, by name; the last one of a name counts', async () => {
    await saveView(ledger, 'acme', view('held'));
    await saveView(ledger, 'acme', view('a month', 'since=2030-01-01'));
    await saveView(ledger, 'acme', view('held', 'status=held&trigger=api'));
    expect(await listViews(ledger, 'globex')).toEqual([]);
    expect(await listViews(ledger, 'acme')).toEqual([
      { ...view('a month', 'since=2030-01-01'), createdAt: opened.clock.now },
      { ...view('held', 'status=held&trigger=api'), createdAt: opened.clock.now },
    ]);
    expect(await deleteView(ledger, 'globex', 'held')).toBe(false);
    expect(await deleteView(ledger, 'acme', 'held')).toBe(true);
    expect((await listViews(ledger, 'acme')).map(({ name }) => name)).toEqual(['a month']);
  });

  test('keep neither what was searched for nor a place in a list', async () => {
    await saveView(ledger, 'acme', view('noor', 'q=noor%40example.com&status=held&before=shp_1'));
    expect(await listViews(ledger, 'acme')).toMatchObject([{ query: 'status=held' }]);
  });

  test('keep nothing of a filter that may name a person', async () => {
    const personal = 'user=noor%40example.com&serial=12345678&tracking=1Z9&name=Noor&email=n%40example.com&actor=noor';
    const kept = 'status=held&hold=no_user&trigger=api&batch=bat_1&since=2030-01-01&until=2030-02-01&dry=yes';
    await saveView(ledger, 'acme', view('one', `${personal}&${kept}`));
    expect((await listViews(ledger, 'acme')).map(({ query }) => query)).toEqual([kept]);
  });

  test('are at most so many, and an existing one can still be changed', async () => {
    for (let nth = 0; nth < maxSavedViews; nth += 1) expect(await saveView(ledger, 'acme', view(`v${nth}`))).toBe(true);
    expect(await saveView(ledger, 'acme', view('one more'))).toBe(false);
    expect(await saveView(ledger, 'acme', view('v1', 'status=failed'))).toBe(true);
  });

  test('are at most so many, also when several are saved at once', async () => {
    for (let nth = 1; nth < maxSavedViews; nth += 1) await saveView(ledger, 'acme', view(`v${nth}`));
    const others = opened.openAnother();
    const saved = await Promise.all(
      Array.from({ length: 6 }, (_, nth) => saveView(nth % 2 === 0 ? ledger : others, 'acme', view(`late ${nth}`))),
    );
    expect(saved.filter(Boolean)).toHaveLength(1);
  });
});

describe('an operator who is no longer there', () => {
  const daysLater = (days: number) => new Date(opened.clock.now.getTime() + days * 24 * 3_600_000);
  const at = (days: number) =>
    cutOffs({ acme: { personalDataDays: 1, eventBodyDays: 1, auditDays: 10 } }, 'auditDays', daysLater(days));

  test('is erased from views that were saved before the cut-off of their tenant, which stay', async () => {
    await saveView(ledger, 'acme', view('held'));
    await saveView(ledger, 'globex', view('held'));
    expect(await eraseOperators(ledger, at(9), 10)).toBe(0);
    expect(await eraseOperators(ledger, at(11), 10)).toBe(1);
    expect(await eraseOperators(ledger, at(11), 10)).toBe(0);
    expect(await listViews(ledger, 'acme')).toMatchObject([{ name: 'held', createdBy: '' }]);
    expect(await listViews(ledger, 'globex')).toMatchObject([{ createdBy: 'anna' }]);
  });

  test('is erased from API keys that were revoked before the cut-off of their tenant, and from no other', async () => {
    const make = (tenant: string) => createApiKey(ledger, { tenant, name: 'ci', scopes: ['read'], owner: 'anna' });
    const [revoked, used, other] = [await make('acme'), await make('acme'), await make('globex')];
    for (const [tenant, { id }] of [
      ['acme', revoked],
      ['globex', other],
    ] as const)
      await revokeApiKey(ledger, { tenant, id });
    await ledger.db
      .updateTable('api_keys')
      .set({ revoked_at: opened.clock.now })
      .where('revoked_at', 'is not', null)
      .execute();
    expect(await eraseOperators(ledger, at(9), 10)).toBe(0);
    expect(await eraseOperators(ledger, at(11), 10)).toBe(1);
    expect(await readApiKey(ledger, 'acme', revoked.id)).toMatchObject({ owner: null });
    expect(await readApiKey(ledger, 'acme', used.id)).toMatchObject({ owner: 'anna' });
    expect(await readApiKey(ledger, 'globex', other.id)).toMatchObject({ owner: 'anna' });
  });

  test('loses preferences that were not changed since the earliest cut-off of all, so many at once', async () => {
    await changePreferences(ledger, 'anna', { time: 'utc' });
    await changePreferences(ledger, 'bert', { time: 'utc' });
    expect(await eraseOperators(ledger, at(11), 10)).toBe(0);
    expect(await eraseOperators(ledger, at(731), 1)).toBe(1);
    const [left] = await ledger.db.selectFrom('operator_preferences').select('operator').execute();
    opened.clock.now = daysLater(731);
    await changePreferences(ledger, left?.operator ?? '', { keyboard: false });
    expect(await eraseOperators(ledger, at(1), 10)).toBe(0);
    expect(await readPreferences(ledger, left?.operator ?? '')).toMatchObject({ time: 'utc', keyboard: false });
  });
});

describe('preferences', () => {
  test('are standard until they are changed, each by itself', async () => {
    expect(await readPreferences(ledger, 'anna')).toEqual(standardPreferences);
    await Promise.all([
      changePreferences(ledger, 'anna', { time: 'utc' }),
      changePreferences(ledger, 'anna', { keyboard: false }),
      changePreferences(ledger, 'bert', { columns: ['serial'] }),
    ]);
    expect(await readPreferences(ledger, 'anna')).toEqual({ ...standardPreferences, time: 'utc', keyboard: false });
    expect(await readPreferences(ledger, 'bert')).toEqual({ ...standardPreferences, columns: ['serial'] });
  });

  test('of another version are standard where this one does not know them', async () => {
    await ledger.db
      .insertInto('operator_preferences')
      .values({ operator: 'anna', preferences: JSON.stringify({ time: 'martian', keyboard: false, more: 1 }) })
      .execute();
    expect(await readPreferences(ledger, 'anna')).toEqual({ ...standardPreferences, keyboard: false });
  });
});
