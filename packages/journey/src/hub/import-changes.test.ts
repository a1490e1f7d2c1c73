import { describe, expect, test } from '@jest/globals';

import {
  fieldsOf,
  isHeldFor,
  mayStillDo,
  planImport,
  type ImportPlan,
  type SourcedLink,
  type SourcePerson,
  type WritingAction,
} from './import-changes.ts';
import type { FoundPerson } from './person-changes.ts';

const profile = { login: 'ada@acme.example', firstName: 'Ada', city: null };
const source = (changes: Partial<SourcePerson> = {}): SourcePerson => ({
  id: '00uH',
  status: 'ACTIVE',
  profile,
  ...changes,
});
const user = (changes: Partial<FoundPerson> = {}): FoundPerson => ({
  id: '00u1',
  status: 'ACTIVE',
  source: null,
  profile: { ...profile, title: 'Countess' },
  ...changes,
});
const linked: SourcedLink = { userId: '00u1', state: 'linked' };
const all = { create: true, deactivate: true, reactivate: true };

interface Case {
  source?: SourcePerson | null;
  found?: FoundPerson | null;
  link?: SourcedLink | null;
  isOthers?: boolean;
  sourcing?: Partial<typeof all>;
}

const plan = ({ source: person = source(), found = user(), link = linked, isOthers = false, sourcing = {} }: Case) =>
  planImport(person, found, { link, isOthers, sourcing: { ...all, ...sourcing } });

const summaryOf = (planned: ImportPlan): string =>
  planned.action === 'refused'
    ? planned.problem
    : [planned.action, ...('changes' in planned ? planned.changes.map(({ kind }) => kind) : [])].join(' ');

const gone = { status: 'DEPROVISIONED' };
const left: SourcedLink = { userId: '00u1', state: 'left' };

test.each<[string, Case, string]>([
  ['one who is as the hub says', {}, 'none'],
  ['one who was never linked', { link: null }, 'link link'],
  ['one who differs', { found: user({ profile: { ...profile, firstName: 'Eve' } }) }, 'update update'],
  ['one who differs and was never linked', { link: null, found: user({ profile: {} }) }, 'update link update'],
  ['one whom the spoke does not have', { link: null, found: null }, 'create create'],
  ['the same, where none is created', { link: null, found: null, sourcing: { create: false } }, 'unmatched'],
  ['one without a login', { link: null, found: null, source: source({ profile: {} }) }, 'login_missing'],
  ['one whom the spoke deleted', { found: null }, 'gone_from_spoke'],
  ['one who is staged in the hub', { link: null, found: null, source: source({ status: 'STAGED' }) }, 'none'],
  ['one who is suspended in the hub', { source: source({ status: 'SUSPENDED' }) }, 'none'],
  ['the user of another one', { link: null, isOthers: true }, 'linked_elsewhere'],
  ['one of a directory', { found: user({ source: 'ACTIVE_DIRECTORY' }) }, 'sourced_elsewhere'],
  ['one whom the hub deactivated', { source: source(gone) }, 'deactivate deactivate link'],
  ['one whom the hub deleted', { source: null }, 'deactivate deactivate link'],
  ['the same, where none is deactivated', { source: null, sourcing: { deactivate: false } }, 'link link'],
  ['the same, who is deactivated', { source: null, found: user(gone) }, 'link link'],
  ['the same, of a directory', { source: null, found: user({ source: 'LDAP' }) }, 'sourced_elsewhere'],
  ['the same, whom no import linked', { source: source(gone), link: null }, 'none'],
  ['the same, who left before', { source: null, link: left }, 'none'],
  ['one whom the spoke itself deactivated', { found: user(gone) }, 'deactivated_in_spoke'],
  ['one who comes back', { link: left, found: user(gone) }, 'reactivate activate link'],
  ['the same, where none comes back', { link: left, found: user(gone), sourcing: { reactivate: false } }, 'none'],
])('%s', (_title, about, expected) => {
  expect(summaryOf(plan(about))).toBe(expected);
});

test('an update names what differs alone, and an attribute that the hub has emptied is removed', () => {
  const planned = plan({ found: user({ profile: { ...profile, city: 'Galway', title: 'Countess' } }) });
  expect(planned).toEqual({
    action: 'update',
    changes: [{ kind: 'update', userId: '00u1', profile: { city: null } }],
  });
  expect(fieldsOf(planned)).toEqual(['city']);
  expect(fieldsOf(plan({ link: null, found: null }))).toEqual(['login', 'firstName']);
});

describe('a share of changes', () => {
  test.each([
    [{ linked: 10, changed: 2, maxShare: 0.2 }, false],
    [{ linked: 10, changed: 3, maxShare: 0.2 }, true],
    [{ linked: 10, changed: 4, maxShare: 0.2 }, true],
    [{ linked: 0, changed: 0, maxShare: 0 }, false],
    [{ linked: 10, changed: 10, maxShare: 1 }, false],
  ])('%j is held: %s', (share, isHeld) => {
    expect(isHeldFor(share)).toBe(isHeld);
  });
});

describe('what was announced', () => {
  const may = (announced: WritingAction, now: WritingAction, isIntended = false): boolean =>
    mayStillDo({ action: announced, fields: ['city'] }, { action: now, fields: ['city'] }, isIntended);

  test('as an update or a link never becomes a deactivation, a creation or a return', () => {
    const others: WritingAction[] = ['create', 'deactivate', 'reactivate'];
    expect(others.filter((now) => may('update', now) || may('link', now))).toEqual([]);
    expect(may('link', 'update')).toBe(false);
    expect([may('update', 'link'), may('reactivate', 'update'), may('deactivate', 'link')]).toEqual([true, true, true]);
  });

  test('as a creation changes a user of the spoke only after the intent to create them', () => {
    expect([may('create', 'create'), may('create', 'update'), may('create', 'link')]).toEqual([true, false, false]);
    expect([may('create', 'update', true), may('create', 'link', true)]).toEqual([true, true]);
  });

  test('names the attributes: no other one is written', () => {
    const now = (...fields: string[]) => ({ action: 'update' as const, fields });
    const announced = now('city', 'title');
    expect([mayStillDo(announced, now('city'), false), mayStillDo(announced, now('city', 'login'), false)]).toEqual([
      true,
      false,
    ]);
  });
});
