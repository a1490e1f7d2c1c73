import { beforeEach, describe, expect, test } from '@jest/globals';

import { findings } from '../testing/doctor-checks.ts';
import { doctorForEachTest } from '../testing/doctor-under-test.ts';
import { runSql } from '../testing/world.ts';

const under = doctorForEachTest({ hasHook: false });
const say = (statement: string) => runSql(under.world.databaseUrl, statement);

async function findingOf(...names: string[]) {
  const { checks } = findings.parse((await under.doctor()).json());
  return names.map((name) => {
    const { status, message, fix } = checks.find(({ check }) => check === name) ?? {};
    return { status, message, fix };
  });
}

describe('a hub that the API named', () => {
  beforeEach(async () => {
    for (const table of ['hub_links', 'hub_tests', 'mirrors', 'outages', 'comparisons'])
      await say(`delete from ${table}`);
    await say(`insert into hub_links (tenant, org_url, client_id, public_jwk, private_key, created_by) values ('acme',
      'https://hub.example', null, '{"kty":"EC","crv":"P-256","x":"x","y":"y","kid":"k","use":"sig","alg":"ES256"}', 'sealed', 'key_1')`);
  });

  const test401 = JSON.stringify([{ name: 'credentials', passed: false, message: 'refused', grant: 'grant it' }]);

  test('is judged by its service app, then by its last test', async () => {
    expect(await findingOf('okta.hub')).toMatchObject([
      { status: 'yellow', message: 'https://hub.example, which the API named, has no service app' },
    ]);
    await say(`update hub_links set client_id = '0oa1'`);
    expect(await findingOf('okta.hub')).toMatchObject([{ status: 'yellow', fix: 'run keycourier hub test' }]);
    await say(`insert into hub_tests (tenant, id, ended_at, org_url, checks)
      values ('acme', 't1', '2029-11-30T10:00:00Z', 'https://hub.example', '${test401}')`);
    expect(await findingOf('okta.hub')).toEqual([
      { status: 'red', message: 'credentials: refused (tested 2 h ago)', fix: 'grant it' },
    ]);
    await say(`update hub_tests set checks = '${test401.replace('false', 'true')}'`);
    expect(await findingOf('okta.hub')).toMatchObject([
      { status: 'green', message: 'all 1 checks of the credentials of https://hub.example passed 2 h ago' },
    ]);
  });

  test('that refuses the credentials says who waits and for how long, before the problems of others', async () => {
    await say(`insert into mirrors (id, tenant, okta_user_id, wanted_at, problem, problem_since, check_due_at) values
      ('mir_1', 'acme', '00u1', '2029-11-30T09:00:00Z', null, null, now()),
      ('mir_2', 'acme', '00u2', '2029-11-29T09:00:00Z', 'login_taken', now(), '2031-01-01'),
      ('mir_3', 'globex', '00u3', '2029-11-29T09:00:00Z', null, null, now())`);
    expect(await findingOf('hub.people')).toMatchObject([
      { status: 'yellow', message: 'people wait: 1 due, the oldest for 3 h' },
    ]);
    await say(`insert into outages (tenant, service, since, probe_every_ms, probe_at)
      values ('hub:acme', 'okta', '2029-11-30T10:00:00Z', 60000, now())`);
    expect(await findingOf('hub.people')).toMatchObject([
      {
        status: 'red',
        message: 'an org of the link has refused the credentials for 2 h: 1 due, the oldest for 3 h',
        fix: expect.stringMatching(/^run keycourier hub test/),
      },
    ]);
    await say(`delete from outages`);
    await say(`delete from mirrors where id = 'mir_1'`);
    expect(await findingOf('hub.people')).toEqual([
      {
        status: 'yellow',
        message: '1 not in the hub as their org requires: 1 login_taken',
        fix: 'keycourier hub people --problems says what to do about each',
      },
    ]);
  });

  test('says that the last comparison failed or is old, and which import is held', async () => {
    await say(`insert into comparisons (id, tenant, kind, state, requested_by, ended_at, held_share, problem) values
      ('cmp_1', 'acme', 'people', 'ended', 'key_1', '2029-11-20T12:00:00Z', null, null),
      ('cmp_2', 'acme', 'import', 'held', 'key_1', null, 0.45, null)`);
    expect(await findingOf('hub.comparison', 'hub.import')).toMatchObject([
      { status: 'yellow', message: 'everyone was last compared 10 d ago, and is to be every 1 d' },
      {
        status: 'yellow',
        message: 'an import would change 45 % of the linked people, and is held',
        fix: 'look with keycourier hub import show cmp_2, then keycourier hub import release or reject it',
      },
    ]);
    await say(`insert into comparisons (id, tenant, kind, state, requested_by, ended_at, problem) values
      ('cmp_3', 'acme', 'people', 'failed', 'key_1', '2029-11-30T11:00:00Z', 'missing_scope')`);
    await say(`update comparisons set state = 'failed', problem = 'forbidden', ended_at = now() where id = 'cmp_2'`);
    expect(await findingOf('hub.comparison', 'hub.import')).toMatchObject([
      {
        status: 'yellow',
        message: expect.stringMatching(/^the last comparison failed: The credentials .*10 d ago\)$/),
      },
      { status: 'yellow', message: expect.stringMatching(/^the last import failed: The credentials/) },
    ]);
  });
});

test('keys in a hub that no one named are red', async () => {
  await say('delete from hub_links');
  await under.changeTenant(() => Object.assign(under.setup.tenant, { keysIn: 'hub' }));
  expect(await findingOf('okta.hub', 'hub.people')).toMatchObject([
    { status: 'red', message: 'keysIn is hub, and there is no hub' },
    { status: 'green', message: 'there is no hub' },
  ]);
});
