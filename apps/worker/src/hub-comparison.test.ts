import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from '@keycourier/journey/ports/context';
import { unassignFromHub } from '@keycourier/ledger/hub/assignments';
import { changeHubSettings } from '@keycourier/ledger/hub/settings';
import { closeTestLedgers } from '@keycourier/ledger/testing/connect-test-ledger';
import { sql } from 'kysely';

import { createIn, startHubWorld, type HubWorld } from './testing/hub-world.ts';

let world: HubWorld;
beforeEach(async () => {
  world = await startHubWorld();
  // Every org has its administrator.
  await createIn(world.hub, { login: 'admin@hub.example' }, '?activate=true');
});
afterEach(() => world.close());
afterAll(closeTestLedgers);

/** People of the spoke, assigned and pushed. @returns their ids */
async function pushed(names: readonly string[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const name of names) {
    ids[name] = await world.person(`${name}@acme.example`);
    await world.assign(ids[name]);
  }
  await world.require(Object.values(ids));
  await world.work();
  world.writes.length = 0;
  return ids;
}

const hubIdOf = async (name: string): Promise<string> => (await world.inHub(`${name}@acme.example`))?.id ?? '';
const outcomesOf = (report: Awaited<ReturnType<HubWorld['compare']>>['report']) =>
  Object.fromEntries(report.map(({ userId, outcome }) => [userId, outcome]));

test('where both sides agree nothing is due, nothing is written, and the cost is a read a page', async () => {
  await pushed(['ada', 'eve', 'joe']);
  const reads: string[] = [];
  const counted = (context: Context): Context => ({
    ...context,
    hub: new Proxy(context.hub, {
      get: (hub, name) => {
        reads.push(String(name));
        return Reflect.get(hub, name);
      },
    }),
  });
  const { run, report } = await world.compare({ change: counted });
  expect([run.state, run.counts, report]).toEqual(['ended', { compared: 3, due: 0, off: 0 }, []]);
  expect(reads.filter((name) => name !== 'hubOrgOf')).toEqual(['listSpokePeople', 'listHubPeople']);
  expect([await world.work(), world.writes]).toEqual([0, []]);
});

test('each who differs is reported by what is to be done, made due, and right after one push', async () => {
  const ids = await pushed(['changed', 'renamed', 'gone', 'off', 'left', 'inactive']);
  const late = await world.person('late@acme.example');
  await world.assign(late);
  await createIn(world.hub, { login: 'known@acme.example' }, '?activate=true');
  const known = await world.person('KNOWN@acme.example');
  await world.assign(known);
  await world.hub.call('POST', `/api/v1/users/${await hubIdOf('changed')}`, { profile: { firstName: 'Other' } });
  await world.spoke.call('POST', `/api/v1/users/${ids['renamed']}`, { profile: { login: 'renewed@acme.example' } });
  for (let calls = 0; calls < 2; calls += 1) await world.hub.call('DELETE', `/api/v1/users/${await hubIdOf('gone')}`);
  await world.set(world.hub, await hubIdOf('off'), 'deactivate');
  await unassignFromHub(world.ledger, { tenant: 'acme', kind: 'person', spokeId: ids['left'] ?? '' });
  await world.set(world.spoke, ids['inactive'] ?? '', 'deactivate');
  const expected = {
    [ids['changed'] ?? '']: 'update',
    [ids['renamed'] ?? '']: 'update',
    [ids['gone'] ?? '']: 'gone_from_hub',
    [ids['off'] ?? '']: 'deactivated_in_hub',
    [ids['left'] ?? '']: 'deactivate',
    [ids['inactive'] ?? '']: 'deactivate',
    [late]: 'create',
    [known]: 'link',
  };
  const dry = await world.compare({ isDryRun: true });
  expect([outcomesOf(dry.report), dry.run.counts['due'], await world.work()]).toEqual([expected, 0, 0]);
  const { run, report } = await world.compare();
  expect([outcomesOf(report), run.counts]).toEqual([
    expected,
    {
      compared: 8,
      due: 8,
      off: 0,
      create: 1,
      link: 1,
      update: 2,
      deactivate: 2,
      gone_from_hub: 1,
      deactivated_in_hub: 1,
    },
  ]);
  expect(await world.work()).toBe(8);
  const after = await world.compare();
  // Problems are tried again by themselves, and cost a comparison nothing.
  expect([outcomesOf(after.report), after.run.counts['due']]).toEqual([
    { [ids['gone'] ?? '']: 'gone_from_hub', [ids['off'] ?? '']: 'deactivated_in_hub' },
    0,
  ]);
});

test('what a part of the link would change that is off is reported, and not made due', async () => {
  const { ada = '' } = await pushed(['ada']);
  await world.spoke.call('POST', `/api/v1/users/${ada}`, { profile: { firstName: 'Eve' } });
  await changeHubSettings(world.ledger, 'acme', { switches: { update: false } });
  const { run, report } = await world.compare();
  expect([report, run.counts]).toMatchObject([[{ outcome: 'update', isOff: true, isDue: false }], { off: 1, due: 0 }]);
});

test('a problem that is over in the hub is over after the comparison', async () => {
  const { ada = '' } = await pushed(['ada']);
  const hubId = await hubIdOf('ada');
  await world.set(world.hub, hubId, 'deactivate');
  await world.compare();
  await world.work();
  expect((await world.mirror(ada))?.problem).toBe('deactivated_in_hub');
  await world.set(world.hub, hubId, 'activate');
  await world.compare();
  await world.work();
  expect((await world.mirror(ada))?.problem).toBeNull();
});

describe('a person of another spoke', () => {
  test('who has the login is neither named nor linked', async () => {
    await pushed(['ada']);
    const other = await world.person('ada2@acme.example');
    await world.assign(other, { tenant: 'globex' });
    await world.hub.call('POST', `/api/v1/users/${await hubIdOf('ada')}`, { profile: { login: 'ada2@acme.example' } });
    const { report } = await world.compare({ tenant: 'globex' });
    expect(report).toEqual([
      { userId: other, hubUserId: null, outcome: 'linked_elsewhere', isDue: true, isOff: false },
    ]);
  });

  test('is in no report, and is not deactivated as one who is not assigned', async () => {
    await pushed(['ada']);
    const { run, report } = await world.compare({ tenant: 'globex' });
    expect([run.counts['compared'], report]).toEqual([0, []]);
  });
});

describe('members of an assigned group', () => {
  async function group(members: readonly string[]): Promise<string> {
    const { body } = await world.spoke.call('POST', '/api/v1/groups', { profile: { name: `Hub ${members.length}` } });
    const groupId: string = JSON.parse(JSON.stringify(body)).id;
    for (const userId of members) await world.spoke.call('PUT', `/api/v1/groups/${groupId}/users/${userId}`);
    await world.assign(groupId, { kind: 'group' });
    return groupId;
  }

  test('are pushed whom no event named, and deactivated once they have left', async () => {
    const [ada, eve] = [await world.person('ada@acme.example'), await world.person('eve@acme.example')];
    await world.person('stranger@acme.example');
    const groupId = await group([ada, eve]);
    const first = await world.compare();
    expect([outcomesOf(first.report), await world.work()]).toEqual([{ [ada]: 'create', [eve]: 'create' }, 2]);
    await world.spoke.call('DELETE', `/api/v1/groups/${groupId}/users/${eve}`);
    const second = await world.compare();
    expect([outcomesOf(second.report), await world.work()]).toEqual([{ [eve]: 'deactivate' }, 1]);
    expect((await world.inHub('eve@acme.example'))?.status).toBe('DEPROVISIONED');
    expect(outcomesOf((await world.compare()).report)).toEqual({});
  });
});

describe('a worker that is killed', () => {
  test('at any page loses and doubles nothing', async () => {
    const ids = await pushed(['ada', 'eve', 'joe']);
    for (const id of Object.values(ids))
      await world.spoke.call('POST', `/api/v1/users/${id}`, { profile: { city: 'Galway' } });
    const death = new RangeError('killed');
    let [isDying, kills] = [false, 0];
    // Every other worker dies before it records a page, and cannot end its lease either; time ends it.
    const dying = (context: Context): Context => ({
      ...context,
      comparisons: new Proxy(context.comparisons, {
        get: (port, name) =>
          isDying && ['recordSpoke', 'recordHub', 'end', 'postpone'].includes(String(name))
            ? async () => Promise.reject(death)
            : Reflect.get(port, name),
      }),
    });
    const { run, report } = await world.compare({
      change: dying,
      death,
      page: async () => {
        isDying = !isDying;
        kills += isDying ? 1 : 0;
        await sql`update comparisons set leased_until = now()`.execute(world.ledger.db);
      },
    });
    expect([run.counts['compared'], run.counts['due'], report.length, kills]).toEqual([3, 3, 3, 3]);
    expect(await world.work()).toBe(3);
  });
});

test('credentials that see no one make no one due', async () => {
  await pushed(['ada']);
  const blind = (context: Context): Context => ({
    ...context,
    hub: { ...context.hub, listHubPeople: async () => ({ people: [], next: null }) },
  });
  const { run } = await world.compare({ change: blind });
  expect([run.state, run.problem, await world.work()]).toEqual(['failed', 'empty_list', 0]);
});

test('a change of the settings meanwhile makes it begin again', async () => {
  await pushed(['ada']);
  const { run } = await world.compare({
    page: async (pages) => {
      if (pages === 1) await changeHubSettings(world.ledger, 'acme', { switches: { sendEmail: false } });
    },
  });
  expect(run).toMatchObject({ state: 'ended', counts: { compared: 1 }, pages: 4 });
});
