import { randomUUID } from 'node:crypto';

import type { CatchUpSettings } from '@keycourier/config/catch-up';
import type { HookState } from '@keycourier/connectors/okta/read-hook';
import { eventOf, groupTarget, userTarget } from '@keycourier/journey/testing/okta-events';
import { readCatchUp, type CatchUpStatus } from '@keycourier/ledger/catch-up/read-catch-up';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readDeliveredEvent } from '@keycourier/ledger/events/read-delivered-event';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { connectTestLedger, type TestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { sql } from 'kysely';

import { pollTenant, type CatchUp } from '../catch-up/poll-tenant.ts';
import { fakeLog, type FakeLog } from './fake-log.ts';

export const settings: CatchUpSettings = {
  enabled: true,
  every: 60_000,
  lookBack: 24 * 3_600_000,
  overlap: 10 * 60_000,
  hookGrace: 5 * 60_000,
};

/** Catch-up of the tenant acme on a real ledger and a log in memory. */
export interface CatchUpUnderTest {
  opened: TestLedger;
  ledger: Ledger;
  log: FakeLog;
  settings: CatchUpSettings;
  reported: string[];
  hook: { state: HookState };
  /** One poll, as a worker makes it; by default as soon as Okta may be asked again. */
  poll: (options?: { atOnce?: boolean; worker?: string; isOverlapShort?: boolean }) => Promise<number>;
  catchUp: (worker?: string) => CatchUp;
  /** The event hook delivers these events. */
  deliver: (events: readonly unknown[]) => Promise<unknown>;
  uuids: () => Promise<string[]>;
  status: () => Promise<CatchUpStatus>;
  /** Lets time pass, for the records alone: leases and due times are the database's. */
  pass: (ms: number) => Date;
}

export async function catchUpUnderTest(options: { pageSize?: number } = {}): Promise<CatchUpUnderTest> {
  const opened = await connectTestLedger();
  const { ledger, clock } = opened;
  // What is counted by day is of one day, also minutes later.
  clock.now.setUTCHours(12, 0, 0, 0);
  const log = fakeLog({ now: () => clock.now, ...options });
  const reported: string[] = [];
  const hook: CatchUpUnderTest['hook'] = { state: 'verified' };
  const world: CatchUpUnderTest = {
    opened,
    ledger,
    log,
    settings: { ...settings },
    reported,
    hook,
    catchUp: (worker = 'w1') => ({
      ledger,
      log,
      readHook: () => Promise.resolve(hook.state),
      settingsOf: () => world.settings,
      worker,
      leaseMs: 30_000,
      reports: {
        onPolled: () => undefined,
        onProblem: (_tenant, { code }) => reported.push(code),
        onRecovered: () => reported.push('recovered'),
        onNearCap: (_tenant, delivered) => reported.push(`near cap: ${delivered}`),
        onError: (error) => reported.push(String(error)),
      },
      isStopping: () => false,
    }),
    poll: async ({ atOnce = true, worker = 'w1', isOverlapShort = true } = {}) => {
      if (atOnce) await sql`update catch_up set blocked_until = null`.execute(ledger.db);
      return (await pollTenant(world.catchUp(worker), { tenant: 'acme', atOnce, isOverlapShort })).waitMs;
    },
    deliver: (events) =>
      recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events: events.map(readDeliveredEvent) }),
    uuids: async () => {
      const rows = await ledger.db.selectFrom('inbound_events').select('uuid').orderBy('id').execute();
      return rows.map(({ uuid }) => uuid);
    },
    status: () => readCatchUp(ledger, 'acme', { graceMs: world.settings.hookGrace }),
    pass: (ms) => {
      clock.now = new Date(clock.now.getTime() + ms);
      return clock.now;
    },
  };
  return world;
}

/** A group add as the log shows it. */
export const logged = (published: Date, uuid: string = randomUUID()): Record<string, unknown> =>
  eventOf('group.user_membership.add', [userTarget, groupTarget()], { uuid, published: published.toISOString() });

export const uuidOf = (event: Record<string, unknown>): string => String(event['uuid']);
