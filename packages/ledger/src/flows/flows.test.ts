import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { flowsOff, flowsOffSince } from './flows-off.ts';
import { isFlowSlug, listFlows, switchFlow } from './flows.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
});
afterAll(closeTestLedgers);

async function flowsOffOf(of: Ledger, tenant: string, at?: Date): Promise<readonly string[]> {
  const name = sql`${tenant}`;
  const off = at === undefined ? flowsOff(name) : flowsOffSince(name, sql`${at}::timestamptz`);
  const { rows } = await sql<{ off: readonly string[] }>`select ${off} as off`.execute(of.db);
  return rows.flatMap((row) => row.off);
}

describe('a flow', () => {
  test('is on until it is switched off, for its tenant alone', async () => {
    expect(await flowsOffOf(ledger, 'acme')).toEqual([]);
    await switchFlow(ledger, { tenant: 'acme', slug: 'group-add', enabled: false });
    expect(await flowsOffOf(ledger, 'acme')).toEqual(['group-add']);
    expect(await flowsOffOf(ledger, 'globex')).toEqual([]);
    await switchFlow(ledger, { tenant: 'acme', slug: 'group-add', enabled: true });
    expect(await flowsOffOf(ledger, 'acme')).toEqual([]);
  });

  test('was on or off at a moment, apart from what it is now', async () => {
    const { ledger: of, clock } = await connectTestLedger();
    const start = clock.now.getTime();
    const at = (minutes: number): Date => new Date(start + minutes * 60_000);
    for (const [minutes, enabled] of [
      [10, false],
      [20, true],
    ] as const) {
      clock.now = at(minutes);
      await switchFlow(of, { tenant: 'acme', slug: 'group-add', enabled });
    }
    const wasOn = async (minutes: number) => (await flowsOffOf(of, 'acme', at(minutes))).length === 0;
    expect(await Promise.all([0, 9, 10, 19, 20, 30].map(wasOn))).toEqual([true, true, false, false, true, true]);
    await switchFlow(of, { tenant: 'acme', slug: 'group-add', enabled: false });
    expect(await wasOn(5)).toBe(false);
  });

  test('is listed with its title, whether or not it was ever switched', async () => {
    await switchFlow(ledger, { tenant: 'listed', slug: 'profile-recheck', enabled: false });
    const flows = await listFlows(ledger, 'listed');
    expect(flows.filter(({ enabled }) => !enabled).map(({ slug }) => slug)).toEqual(['profile-recheck']);
    expect(flows).toContainEqual({ slug: 'process-shipments', title: 'Process shipments', enabled: true });
    for (const { slug } of flows) expect(isFlowSlug(slug)).toBe(true);
  });

  test.each(['', 'process', 'toString', '__proto__'])('is not called %p', (slug) => {
    expect(isFlowSlug(slug)).toBe(false);
  });

  test('switched many times at once ends in one of its two states', async () => {
    const switches = Array.from({ length: 20 }, (_, index) =>
      switchFlow(ledger, { tenant: 'busy', slug: 'process-shipments', enabled: index % 2 === 0 }),
    );
    await Promise.all(switches);
    expect((await listFlows(ledger, 'busy')).filter(({ slug }) => slug === 'process-shipments')).toHaveLength(1);
  });
});
