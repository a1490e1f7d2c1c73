import { describe, expect, test } from '@jest/globals';

import { ConnectorError } from '../ports/errors.ts';
import { runEventStep } from '../steps/run-step.ts';
import { createHarness, type Harness, type HarnessSettings } from '../testing/harness.ts';
import { samplePerson, type MemoryPerson } from '../testing/memory-directory.ts';
import { otherProduct, sampleTenant, startOfTime } from '../testing/samples.ts';

const graceMs = 600_000;
const at = (ms: number): string => new Date(startOfTime.getTime() + ms).toISOString();
const hour = 3_600_000;

interface Settings extends HarnessSettings {
  person?: Partial<MemoryPerson> | null;
}

function provisioned({ person, ...settings }: Settings = {}): Harness {
  const harness = createHarness({ shipment: null, ...settings });
  if (person !== null) harness.directory.people.set('usr_1', samplePerson(person));
  return harness;
}

async function decide(harness: Harness, type: string, more: Readonly<Record<string, unknown>> = {}) {
  const id = `evt_${harness.ledger.events.size + 1}`;
  const body = {
    uuid: id,
    eventType: `scim.${type}`,
    published: at(0),
    personId: 'usr_1',
    userName: 'zuzana@work.example',
    oktaUserId: '00u1',
    by: 'abc',
    ...more,
  };
  harness.ledger.events.set(id, { id, tenant: 'acme', body, state: 'received', source: 'scim', failures: 0 });
  const again = () => runEventStep(harness.context, { step: 'accept-event', eventId: id });
  return { ...(await again()), again, event: () => harness.ledger.events.get(id) };
}

const added = { groupId: 'grp_1', groupName: 'of the event, which does not count' };

describe('a new member of a pushed group', () => {
  test('gets the product of the group as it is called now', async () => {
    const harness = provisioned();
    const { result } = await decide(harness, 'group.member_added', added);
    expect(result).toEqual({ outcome: 'done', why: 'created shp_1' });
    expect(harness.shipment()).toMatchObject({
      trigger: 'scim-group-add',
      user: { id: '00u1' },
      groupId: 'grp_1',
      directoryPersonId: 'usr_1',
      product: otherProduct,
    });
  });

  test('is found in Okta by login where the client sends no Okta id', async () => {
    const harness = provisioned();
    await decide(harness, 'group.member_added', { ...added, oktaUserId: null });
    expect(harness.shipment().user.id).toBe('00u1');
  });

  test('counts by the id of the group, too', async () => {
    const groups = [{ id: 'grp_1', ...otherProduct }];
    const harness = provisioned({ tenant: { groups }, person: { groups: new Map([['grp_1', 'Any name']]) } });
    expect((await decide(harness, 'group.member_added', added)).result.why).toBe('created shp_1');
  });

  test.each<[string, Settings, Readonly<Record<string, unknown>>]>([
    ['the user is not in the group any more', { person: { groups: new Map() } }, {}],
    ['the person is inactive in the directory', { person: { inactiveSince: startOfTime } }, {}],
    ['the group has no product', { person: { groups: new Map([['grp_1', 'Canteen']]) } }, {}],
    ['user_not_found', {}, { oktaUserId: '00u2' }],
    ['the event cannot be read', {}, { personId: 7 }],
  ])('asks for nothing: %s', async (reason, settings, more) => {
    const harness = provisioned(settings);
    const { result } = await decide(harness, 'group.member_added', { ...added, ...more });
    expect(result.why).toBe(`ignored: ${reason}`);
  });

  test.each([
    [graceMs - 1, 'ignored: the person was inactive for less than the grace time'],
    [graceMs, 'created shp_1'],
  ])('whose membership returns with them after %d ms of inactivity: %s', async (inactiveMs, why) => {
    const harness = provisioned({ tenant: { deactivationGraceMs: graceMs } });
    const { result } = await decide(harness, 'group.member_added', {
      ...added,
      published: at(inactiveMs),
      inactiveSince: at(0),
    });
    expect(result.why).toBe(why);
  });

  test('asks for nothing while the flow is off', async () => {
    const harness = provisioned();
    harness.ledger.switchFlow('scim-group-add', false);
    expect((await decide(harness, 'group.member_added', added)).result.why).toBe('ignored: flow off');
  });

  test('gets one key, also from the group in Okta that was pushed', async () => {
    const harness = provisioned();
    await decide(harness, 'group.member_added', added);
    const { result } = await decide(harness, 'group.member_added', added);
    expect(result.why).toBe('ignored: already_open (shp_1)');
  });
});

describe('a former member', () => {
  test('loses what the group asked for', async () => {
    const harness = provisioned();
    await decide(harness, 'group.member_added', added);
    harness.directory.people.set('usr_1', samplePerson({ groups: new Map() }));
    const { result } = await decide(harness, 'group.member_removed', added);
    expect(result.why).toBe('offboarded shp_1');
    expect(harness.shipment().plan.order).toBe('cancelled');
    expect(harness.ledger.history.at(-1)?.detail).toEqual({ because: 'left_group', by: 'abc' });
  });

  test('who is a member again keeps it, and one who was deleted is left to the deactivation', async () => {
    const harness = provisioned();
    await decide(harness, 'group.member_added', added);
    expect((await decide(harness, 'group.member_removed', added)).result.why).toBe('ignored: the user is in the group');
    harness.directory.people.clear();
    const { result } = await decide(harness, 'group.member_removed', added);
    expect(result.why).toBe('ignored: the person was deleted, which counts as a deactivation');
  });
});

describe('a deactivated person', () => {
  const deactivated = { deactivatedAt: at(0) };
  async function suspended(settings: Settings = {}) {
    const harness = provisioned({ shipment: {}, person: { inactiveSince: startOfTime }, ...settings });
    return { harness, ...(await decide(harness, 'user.deactivated', deactivated)) };
  }

  test('is suspended at once, and the event waits for the end of the grace time', async () => {
    const { harness, result, event } = await suspended();
    const afterMs = result.outcome === 'later' ? result.afterMs : 0;
    expect(afterMs).toBeLessThanOrEqual(hour);
    expect(afterMs).toBeGreaterThan(hour - 1_000);
    expect(event()?.state).toBe('received');
    expect(harness.shipment()).toMatchObject({ hold: { code: 'suspended' }, plan: { held: true } });
    expect(harness.calls).not.toContain('okta.readUser');
  });

  test('is offboarded after it', async () => {
    const { harness, again, event } = await suspended();
    harness.log.advanceTo(startOfTime.getTime() + hour);
    expect((await again()).result.why).toBe('offboarded shp_1');
    expect(harness.shipment()).toMatchObject({ hold: null, plan: { order: 'cancelled' } });
    expect(event()?.state).toBe('accepted');
  });

  test('who is reactivated within it goes on as if nothing was', async () => {
    const { harness, again } = await suspended();
    const before = provisioned({ shipment: {} }).shipment();
    harness.directory.people.set('usr_1', samplePerson());
    expect((await decide(harness, 'user.reactivated')).result.why).toBe('reactivated shp_1');
    expect({ ...harness.shipment(), updatedAt: before.updatedAt }).toEqual(before);
    harness.log.advanceTo(startOfTime.getTime() + hour);
    expect((await again()).result.why).toBe('ignored: the person is active, or was deactivated again later');
    expect(harness.shipment().plan.order).toBe('requested');
  });

  test('who was deactivated again has the whole grace time from then', async () => {
    const { harness, again } = await suspended();
    harness.directory.people.set('usr_1', samplePerson({ inactiveSince: new Date(startOfTime.getTime() + 1_000) }));
    harness.log.advanceTo(startOfTime.getTime() + hour);
    expect((await again()).result.why).toMatch(/^ignored: the person is active, or was deactivated again later$/);
    expect(harness.shipment().hold?.code).toBe('suspended');
  });

  test('who is reactivated while an old event waits is not suspended by it', async () => {
    const harness = provisioned({ shipment: {} });
    expect((await decide(harness, 'user.deactivated', deactivated)).result.why).toMatch(
      /^ignored: the person is active/,
    );
    expect(harness.shipment().hold).toBeNull();
  });

  test('who was deleted is offboarded, unless created again', async () => {
    const deleted = { ...deactivated, deleted: true };
    for (const recreated of [false, true]) {
      const harness = provisioned({ shipment: {}, person: null });
      const { again } = await decide(harness, 'user.deactivated', deleted);
      expect(harness.shipment().hold?.code).toBe('suspended');
      if (recreated) harness.directory.people.set('usr_2', samplePerson());
      harness.log.advanceTo(startOfTime.getTime() + hour);
      await again();
      expect(harness.shipment().plan.order).toBe(recreated ? 'requested' : 'cancelled');
    }
  });

  test('another hold stays, and a reactivation lifts the suspension alone', async () => {
    const hold = { code: 'profile_problems', problems: [], since: startOfTime } as const;
    const { harness } = await suspended({ shipment: { hold } });
    expect(harness.shipment()).toMatchObject({ hold: { code: 'profile_problems' }, suspension: { isLifted: false } });
    harness.directory.people.set('usr_1', samplePerson());
    await decide(harness, 'user.reactivated');
    expect(harness.shipment()).toMatchObject({ hold, suspension: null });
  });

  test('whose flows are off stays suspended', async () => {
    const { harness, again } = await suspended();
    harness.ledger.switchFlow('cancel-leavers', false);
    harness.ledger.switchFlow('revoke-leavers', false);
    harness.log.advanceTo(startOfTime.getTime() + hour);
    expect((await again()).result.why).toBe('ignored: flow off');
    expect(harness.shipment().hold?.code).toBe('suspended');
  });

  test('who is named by login alone is resolved in Okta before anything that cannot be undone', async () => {
    const harness = provisioned({
      shipment: { user: { id: '00u-former-owner-of-the-login' } },
      person: { inactiveSince: startOfTime, userId: null },
    });
    const { again } = await decide(harness, 'user.deactivated', { ...deactivated, oktaUserId: null });
    expect(harness.shipment().hold?.code).toBe('suspended');
    harness.log.advanceTo(startOfTime.getTime() + hour);
    expect((await again()).result.why).toBe('ignored: no shipment of this person can be cancelled or revoked');
    expect(harness.shipment().plan.order).toBe('requested');
  });
});

describe('a changed person', () => {
  test('is checked again where scim is a source', async () => {
    const hold = { code: 'profile_problems', problems: [], since: startOfTime } as const;
    const sources = { address: ['scim', 'okta'] } as const;
    const harness = provisioned({ shipment: { hold }, tenant: { sources } });
    expect((await decide(harness, 'user.updated')).result.why).toBe('rechecked shp_1');
    const without = provisioned({ shipment: { hold } });
    expect((await decide(without, 'user.updated')).result.why).toBe('ignored: the directory is no source of profiles');
  });
});

describe('a new person', () => {
  test('is welcomed once', async () => {
    const harness = provisioned({ person: { welcome: 'due' } });
    expect((await decide(harness, 'user.created')).result.why).toBe('welcomed');
    await decide(harness, 'user.created');
    expect(harness.welcomeMails).toEqual([
      { to: 'zuzana@work.example', firstName: 'Zuzana', messageId: '<welcome.usr_1@keycourier>' },
    ]);
  });

  test('waits for their turn', async () => {
    const harness = provisioned({ person: { welcome: 'not_yet' } });
    const { result } = await decide(harness, 'user.created');
    expect(result).toEqual({ outcome: 'later', afterMs: 500, why: 'welcome mails are spaced' });
  });

  test('is not welcomed without mail settings, which is said', async () => {
    const harness = provisioned({ person: { welcome: 'due' }, tenant: { mailsPeople: false } });
    await decide(harness, 'user.created');
    expect(harness.alarms).toEqual([
      { code: 'welcome_mail_needs_mail_settings', detail: { tenant: sampleTenant.name } },
    ]);
    expect(harness.welcomeMails).toEqual([]);
  });

  test.each([
    ['unreachable', 1, 'later'],
    ['rate_limited', 1, 'later'],
    ['outcome_unknown', 0, 'done'],
    ['refused', 0, 'done'],
  ] as const)('whose mail is %s gets %d more', async (fault, more, outcome) => {
    const harness = provisioned({ person: { welcome: 'due' } });
    const send = harness.context.mail.sendWelcomeMail;
    harness.context.mail.sendWelcomeMail = async () => {
      harness.context.mail.sendWelcomeMail = send;
      throw new ConnectorError({ service: 'mail', fault }, 'no');
    };
    const { result, again } = await decide(harness, 'user.created');
    expect(result.outcome).toBe(outcome);
    await again();
    expect(harness.welcomeMails).toHaveLength(more);
  });

  test('who is one that was deleted takes up what is suspended', async () => {
    const harness = provisioned({ shipment: {}, person: null });
    await decide(harness, 'user.deactivated', { deactivatedAt: at(0), deleted: true });
    harness.directory.people.set('usr_2', samplePerson());
    expect((await decide(harness, 'user.created', { personId: 'usr_2' })).result.why).toBe('reactivated shp_1');
    expect(harness.shipment().hold).toBeNull();
  });
});

describe('an event of many memberships', () => {
  const expand = (harness: Harness, body: unknown) => {
    harness.ledger.events.set('evt_1', {
      id: 'evt_1',
      tenant: 'acme',
      body,
      state: 'received',
      source: 'scim',
      failures: 0,
    });
    return runEventStep(harness.context, { step: 'expand-members', eventId: 'evt_1' });
  };
  const body = {
    uuid: 'u-1',
    eventType: 'scim.group.members_added',
    published: at(0),
    by: 'abc',
    groupId: 'grp_1',
    groupName: 'name',
    members: [['usr_1', 'mbr_1']],
  };

  test('has a step of its own, which records one for each member, once', async () => {
    const harness = provisioned();
    const { result } = await expand(harness, body);
    expect(result).toEqual({ outcome: 'done', why: 'ignored: an event for each of the members was recorded' });
    expect(harness.directory.recorded).toMatchObject([{ groupId: 'grp_1', members: [['usr_1', 'mbr_1']] }]);
    expect(harness.ledger.events.get('evt_1')).toMatchObject({ state: 'ignored' });
    await runEventStep(harness.context, { step: 'expand-members', eventId: 'evt_1' });
    expect(harness.directory.recorded).toHaveLength(1);
  });

  test('that cannot be read is ignored, with that reason', async () => {
    const harness = provisioned();
    const { result } = await expand(harness, { ...body, members: 'all' });
    expect(result).toEqual({ outcome: 'done', why: 'ignored: the event cannot be read' });
    expect(harness.directory.recorded).toEqual([]);
  });
});
