import { describe, expect, test } from '@jest/globals';

import {
  changesForPerson,
  initialStatuses,
  type FoundPerson,
  type InitialStatus,
  type InitialStatusBy,
  type LinkSwitches,
  type MirrorState,
  type PersonPlan,
  type WantedPerson,
} from './person-changes.ts';

const allOn: LinkSwitches = { create: true, update: true, deactivate: true, reactivate: true, sendEmail: true };
const always = (status: InitialStatus): InitialStatusBy => ({ create: status, link: status, reactivation: status });
const wantedWith = (changes: Partial<WantedPerson> = {}): WantedPerson => ({
  login: 'ada@acme.example',
  isPresent: true,
  initialStatus: always('active_without_pass'),
  profile: { firstName: 'Ada', city: null },
  ...changes,
});
const foundWith = (changes: Partial<FoundPerson> = {}): FoundPerson => ({
  id: '00uHub',
  status: 'ACTIVE',
  profile: { firstName: 'Ada', other: 'kept' },
  source: null,
  ...changes,
});

const unknown: Partial<MirrorState> = { state: 'new', hubUserId: null };

const plan = (
  wanted: WantedPerson,
  found: FoundPerson | null,
  { switches = {}, ...mirror }: Partial<MirrorState> & { switches?: Partial<LinkSwitches> } = {},
): PersonPlan =>
  changesForPerson(wanted, found, {
    mirror: { state: 'linked', hubUserId: '00uHub', isOthers: false, isForced: false, isFirst: false, ...mirror },
    switches: { ...allOn, ...switches },
  });

const kinds = (one: PersonPlan): string[] =>
  one.outcome === 'refused' ? [one.problem] : one.changes.map(({ kind }) => kind);

describe('the four initial statuses', () => {
  const created: Record<InitialStatus, { activate: boolean; needsPassword: boolean }> = {
    active_with_pass: { activate: true, needsPassword: true },
    active_without_pass: { activate: true, needsPassword: false },
    pending_with_pass: { activate: false, needsPassword: true },
    pending_without_pass: { activate: false, needsPassword: false },
  };
  test.each(initialStatuses)('%s decides on create', (status) => {
    const wanted = wantedWith({ initialStatus: { ...always('active_with_pass'), create: status } });
    expect(plan(wanted, null, unknown)).toMatchObject({
      outcome: 'changes',
      changes: [{ kind: 'create', ...created[status] }],
    });
  });

  test.each([
    ['active_with_pass', 'STAGED', ['wake', 'set_password', 'activate']],
    ['active_without_pass', 'STAGED', ['wake', 'activate']],
    ['pending_with_pass', 'STAGED', []],
    ['pending_without_pass', 'STAGED', []],
    ['active_with_pass', 'DEPROVISIONED', ['wake', 'activate', 'set_password']],
    ['active_without_pass', 'DEPROVISIONED', ['wake', 'activate']],
    ['active_with_pass', 'ACTIVE', []],
    ['pending_with_pass', 'ACTIVE', []],
  ] as const)('%s decides on the link of a user who is %s', (link, status, calls) => {
    const wanted = wantedWith({ initialStatus: { ...always('active_without_pass'), link } });
    expect(kinds(plan(wanted, foundWith({ status }), unknown))).toEqual(['link', ...calls]);
  });

  test.each([
    ['active_with_pass', ['wake', 'activate', 'set_password']],
    ['active_without_pass', ['wake', 'activate']],
    ['pending_with_pass', ['cannot_be_staged']],
    ['pending_without_pass', ['cannot_be_staged']],
  ] as const)('%s decides on the reactivation of one who left', (reactivation, calls) => {
    const wanted = wantedWith({ initialStatus: { ...always('active_without_pass'), reactivation } });
    expect(kinds(plan(wanted, foundWith({ status: 'DEPROVISIONED' }), { state: 'left' }))).toEqual(calls);
  });

  test('one who is created has the attributes that have a value', () => {
    const profile = { login: 'ada@acme.example', firstName: 'Ada', department: null };
    expect(plan(wantedWith({ profile }), null, unknown)).toMatchObject({
      changes: [{ kind: 'create', profile: { login: 'ada@acme.example', firstName: 'Ada' } }],
    });
    expect(JSON.stringify(plan(wantedWith({ profile }), null, unknown))).not.toContain('department');
  });

  test('a worker that died while it woke a user leaves an intent, and the next one goes on', () => {
    const wanted = wantedWith({ initialStatus: always('active_with_pass') });
    const next = (status: string) => kinds(plan(wanted, foundWith({ status }), { state: 'waking' }));
    expect(next('DEPROVISIONED')).toEqual(['wake', 'activate', 'set_password']);
    expect(next('PROVISIONED')).toEqual(['set_password']);
    expect(next('STAGED')).toEqual(['wake', 'set_password', 'activate']);
    expect(next('ACTIVE')).toEqual([]);
  });

  test('one whose create was answered to a worker that is gone is not linked anew: a pending user stays staged', () => {
    const one = plan(wantedWith(), foundWith({ status: 'STAGED' }), { state: 'creating', hubUserId: null });
    expect(kinds(one)).toEqual(['link']);
  });
});

test('Okta mails whom the link activates without a password, where it may', () => {
  const activation = (initialStatus: InitialStatus, sendEmail: boolean) => {
    const wanted = wantedWith({ initialStatus: always(initialStatus) });
    const one = plan(wanted, foundWith({ status: 'STAGED' }), { ...unknown, switches: { sendEmail } });
    return one.outcome === 'changes' ? one.changes.find(({ kind }) => kind === 'activate') : one;
  };
  expect(activation('active_without_pass', true)).toMatchObject({ sendEmail: true });
  expect(activation('active_without_pass', false)).toMatchObject({ sendEmail: false });
  expect(activation('active_with_pass', true)).toMatchObject({ sendEmail: false });
});

test('a staged user has the right addresses before the mail, a deactivated one after the activation', () => {
  const wanted = wantedWith({ profile: { firstName: 'Eve' } });
  const calls = (status: string) => kinds(plan(wanted, foundWith({ status }), unknown));
  expect(calls('STAGED')).toEqual(['link', 'update', 'wake', 'activate']);
  expect(calls('DEPROVISIONED')).toEqual(['link', 'wake', 'activate', 'update']);
});

test('one whom the hub deactivated behind our back is a problem, and is activated again only where an operator asks for it', () => {
  const found = foundWith({ status: 'DEPROVISIONED' });
  expect(kinds(plan(wantedWith(), found))).toEqual(['deactivated_in_hub']);
  expect(kinds(plan(wantedWith(), found, { isForced: true }))).toEqual(['wake', 'activate']);
});

test('a hub that holds what is wanted is left alone, with what else its user has', () => {
  expect(kinds(plan(wantedWith(), foundWith()))).toEqual([]);
});

test('only what differs is updated, and what is gone in the spoke is removed', () => {
  const found = foundWith({ profile: { firstName: 'Eve', city: 'Galway', other: 'kept' } });
  expect(plan(wantedWith(), found)).toEqual({
    outcome: 'changes',
    changes: [{ kind: 'update', hubUserId: '00uHub', profile: { firstName: 'Ada', city: null } }],
  });
});

test('a person who leaves is deactivated once, and only where the link made or linked the user', () => {
  const leaver = wantedWith({ isPresent: false });
  expect(kinds(plan(leaver, foundWith()))).toEqual(['deactivate']);
  expect(kinds(plan(leaver, foundWith({ status: 'DEPROVISIONED' })))).toEqual([]);
  expect(kinds(plan(leaver, foundWith(), unknown))).toEqual([]);
  expect(kinds(plan(leaver, foundWith(), { isOthers: true }))).toEqual([]);
  expect(kinds(plan(leaver, null, unknown))).toEqual([]);
});

test('a suspension in the hub stays, and a staged user of ours is not woken by an update', () => {
  expect(kinds(plan(wantedWith(), foundWith({ status: 'SUSPENDED' })))).toEqual([]);
  expect(kinds(plan(wantedWith(), foundWith({ status: 'STAGED' })))).toEqual([]);
});

test.each([
  ['the mirror of another spoke', foundWith(), { ...unknown, isOthers: true }, 'linked_elsewhere'],
  ['a user whom a directory owns', foundWith({ source: 'ACTIVE_DIRECTORY' }), unknown, 'sourced_elsewhere'],
  [
    'a change of one whom a directory came to own',
    foundWith({ source: 'ACTIVE_DIRECTORY', profile: {} }),
    {},
    'sourced_elsewhere',
  ],
  ['a user who was deleted in the hub', null, {}, 'gone_from_hub'],
] as const)('%s is refused', (_title, found, mirror, problem) => {
  expect(kinds(plan(wantedWith(), found, mirror))).toEqual([problem]);
});

test.each([
  ['create', () => plan(wantedWith(), null, { ...unknown, switches: { create: false } })],
  ['create, of a link', () => plan(wantedWith(), foundWith(), { ...unknown, switches: { create: false } })],
  ['update', () => plan(wantedWith({ profile: { firstName: 'Eve' } }), foundWith(), { switches: { update: false } })],
  ['deactivate', () => plan(wantedWith({ isPresent: false }), foundWith(), { switches: { deactivate: false } })],
  [
    'reactivate',
    () =>
      plan(wantedWith({ profile: { firstName: 'Eve' } }), foundWith({ status: 'DEPROVISIONED' }), {
        state: 'left',
        switches: { reactivate: false },
      }),
  ],
] as const)('nothing is done of what is switched off: %s', (_part, make) => {
  expect(kinds(make())).toEqual([]);
});
