import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { Ledger } from '../connect-ledger.ts';
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
