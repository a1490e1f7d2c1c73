import { afterEach, describe, expect, test } from '@jest/globals';

import { findings } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import { runSql } from '../testing/world.ts';

const under = doctorForEachTest({ hasHook: false });

describe('catch-up', () => {
  const setCatchUp = (column: string, value: string) =>
    runSql(under.world.databaseUrl, `update catch_up set ${column} = ${value} where tenant = 'acme'`);
  const findingOf = async (check: string, environment: Readonly<Record<string, string>> = {}) => {
    const { checks } = findings.parse((await under.doctor(environment)).json());
    const { status, message, fix } = checks.find((one) => one.check === check) ?? {};
    return { status, message, fix };
  };
  afterEach(async () => {
    await setCatchUp('read_to', "'2029-11-30T11:59:30Z'");
    await setCatchUp('problem', 'null');
    await runSql(under.world.databaseUrl, 'delete from event_counts');
  });

  test('that is current is green, with its lag', async () => {
    expect(await findingOf('catch-up')).toEqual({
      status: 'green',
      message: 'the System Log is read up to 30 s ago; events that it alone had: 0',
      fix: null,
    });
  });

  test('that lags is red', async () => {
    await setCatchUp('read_to', "'2029-11-30T10:00:00Z'");
    expect(await findingOf('catch-up')).toMatchObject({
      status: 'red',
      message: 'the System Log was last read 2 h ago',
      fix: 'start a worker, or see its log',
    });
  });

  test('whose token may not read the log is yellow, with the scope to grant', async () => {
    await setCatchUp('problem', "'missing_scope'");
    await setCatchUp('problem_since', 'now()');
    expect(await findingOf('catch-up')).toMatchObject({
      status: 'yellow',
      message: 'the System Log cannot be read: missing_scope',
      fix: expect.stringMatching(/okta\.logs\.read/),
    });
    await under.world.org.call('PUT', '/sim/faults', [{ match: { path: '/api/v1/logs' }, respond: { status: 403 } }]);
    expect(await findingOf('okta.log')).toMatchObject({
      status: 'yellow',
      message: 'may not read the System Log (okta.logs.read): events that the hook does not deliver are lost',
      fix: expect.stringMatching(/grant okta\.logs\.read/),
    });
  });

  test('near the daily cap is yellow from 70 % on', async () => {
    const deliver = (events: number) =>
      runSql(
        under.world.databaseUrl,
        `insert into event_counts (tenant, day, shard, delivered) values ('acme', '2029-11-30', 0, ${events})
         on conflict (tenant, day, shard) do update set delivered = excluded.delivered`,
      );
    await deliver(279_999);
    expect((await findingOf('catch-up')).status).toBe('green');
    await deliver(300_000);
    expect(await findingOf('catch-up')).toMatchObject({
      status: 'yellow',
      message: expect.stringMatching(/^75 % of Okta's daily cap/),
    });
  });

  test('is read from the API where no database is named, if the key is the tenant’s', async () => {
    const catchUp = {
      tenant: 'acme',
      enabled: true,
      lagSeconds: 7_200,
      lastPollAt: null,
      nextPollAt: null,
      eventsReadToday: 0,
      foundOnlyByCatchUp: { today: 0, total: 0 },
      problem: null,
      hook: { status: 'verified', lastDeliveryAt: null },
      dailyCap: { delivered: 0, cap: 400_000, share: 0, isNear: false },
    };
    under.world.api.on('GET /v1/catch-up', { body: catchUp });
    expect(await findingOf('catch-up', { DATABASE_URL: '' })).toMatchObject({ status: 'red' });
    under.world.api.on('GET /v1/catch-up', { body: { ...catchUp, tenant: 'globex' } });
    expect(await findingOf('catch-up', { DATABASE_URL: '' })).toMatchObject({ status: 'skipped' });
  });

  test('that is off is skipped', async () => {
    under.setup.tenant.catchUp = { enabled: false };
    await under.setup.writeConfig();
    for (const check of ['okta.log', 'catch-up'])
      expect(await findingOf(check)).toMatchObject({
        status: 'skipped',
        message: 'catchUp.enabled is false: what the event hook does not deliver is lost',
      });
  });
});
