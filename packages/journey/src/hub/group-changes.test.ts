import { describe as group, expect, test } from '@jest/globals';

import {
  changesForGroup,
  changesForMembers,
  describe,
  markOf,
  type FoundGroup,
  type GroupMapping,
  type GroupPlan,
} from './group-changes.ts';

const spoke: FoundGroup = { id: '00gSpoke', type: 'OKTA_GROUP', name: 'Staff', description: null };
const inHub = (changes: Partial<FoundGroup> = {}): FoundGroup => ({
  id: '00gHub',
  type: 'OKTA_GROUP',
  name: 'Staff',
  description: markOf('hgm_1'),
  ...changes,
});
const mappingWith = (changes: Partial<GroupMapping> = {}): GroupMapping => ({
  id: 'hgm_1',
  target: 'new',
  hubGroupId: null,
  isDeleting: false,
  isShared: false,
  ...changes,
});
const linked = { hubGroupId: '00gHub' };

interface Case {
  wanted?: FoundGroup | null;
  target?: FoundGroup | null | 'several';
  named?: FoundGroup | null;
  mapping?: Partial<GroupMapping>;
}

const plan = ({ wanted = spoke, target = null, named = null, mapping = {} }: Case): GroupPlan =>
  changesForGroup(wanted, { target, named }, mappingWith(mapping));
const kinds = (one: GroupPlan): string[] =>
  one.outcome === 'refused' ? [one.problem] : one.changes.map(({ kind }) => kind);

group('a new group', () => {
  test('is made under its name, with the mark by which it is found again', () => {
    const create = { kind: 'create', name: 'Staff', description: 'Pushed by keycourier (hgm_1)' };
    expect(plan({})).toEqual({ outcome: 'changes', changes: [create] });
  });

  test('whose creation was not recorded is linked, not made again', () => {
    expect(plan({ named: inHub() })).toEqual({
      outcome: 'changes',
      changes: [{ kind: 'link', hubGroupId: '00gHub' }],
    });
  });

  test.each([
    ['that the hub had before', inHub({ description: null })],
    ['of another mapping', inHub({ description: markOf('hgm_10') })],
    ['of an app', inHub({ type: 'APP_GROUP' })],
  ])('does not take over one of its name %s', (_title, named) => {
    expect(kinds(plan({ named }))).toEqual(['name_taken']);
  });

  test('follows the spoke in name and description, and is left alone once it does', () => {
    const wanted = { ...spoke, name: 'All staff', description: 'All of us' };
    expect(plan({ wanted, target: inHub(), mapping: linked })).toEqual({
      outcome: 'changes',
      changes: [
        { kind: 'update', hubGroupId: '00gHub', name: 'All staff', description: `All of us ${markOf('hgm_1')}` },
      ],
    });
    const after = inHub({ name: 'All staff', description: describe('All of us', 'hgm_1') });
    expect(kinds(plan({ wanted, target: after, mapping: linked }))).toEqual([]);
  });

  test('has a description within Okta’s limit, also where that of the spoke is as long', () => {
    const made = describe('x'.repeat(1_024), 'hgm_1');
    expect(made).toHaveLength(1_024);
    expect(made.endsWith(markOf('hgm_1'))).toBe(true);
  });
});

group('an existing group', () => {
  test('is linked where an operator named it, and keeps its name', () => {
    const target = inHub({ name: 'Employees', description: 'of the hub' });
    expect(kinds(plan({ target, mapping: { target: 'existing' } }))).toEqual(['link']);
    expect(kinds(plan({ target, mapping: { target: 'existing', ...linked } }))).toEqual([]);
  });

  test.each([
    ['is not there', null, 'target_not_found'],
    ['shares its name with another', 'several', 'target_ambiguous'],
    ['is an app’s', inHub({ type: 'APP_GROUP' }), 'not_an_okta_group'],
    ['is Everyone', inHub({ type: 'BUILT_IN' }), 'not_an_okta_group'],
  ] as const)('is refused that %s', (_title, target, problem) => {
    expect(kinds(plan({ target, mapping: { target: 'existing' } }))).toEqual([problem]);
  });
});

test('a group that is gone on either side is a problem, and is neither made again nor deleted', () => {
  expect(kinds(plan({ mapping: linked }))).toEqual(['gone_from_hub']);
  expect(kinds(plan({ wanted: null, target: inHub(), mapping: linked }))).toEqual(['gone_from_spoke']);
});

test.each<[string, Case, string[]]>([
  ['deletes it', { target: inHub(), mapping: { ...linked, isDeleting: true } }, ['delete']],
  [
    'deletes it also when the spoke’s is gone',
    { wanted: null, target: inHub(), mapping: { ...linked, isDeleting: true } },
    ['delete'],
  ],
  ['deletes it once', { mapping: { ...linked, isDeleting: true } }, []],
  ['deletes none that was never linked', { target: inHub(), mapping: { isDeleting: true } }, []],
  [
    'deletes none that another mapping pushes to',
    { target: inHub(), mapping: { ...linked, isDeleting: true, isShared: true } },
    ['target_is_shared'],
  ],
])('the end of a mapping with its group %s', (_title, one, expected) => {
  expect(kinds(plan(one))).toEqual(expected);
});

group('members', () => {
  const mirrors = new Map([
    ['ada', 'hub-ada'],
    ['bob', 'hub-bob'],
    ['cyd', 'hub-cyd'],
  ]);

  test('who differ are added and removed, and those without a user in the hub wait', () => {
    const found = changesForMembers(new Set(['ada', 'bob', 'new']), new Set(['hub-bob', 'hub-cyd']), mirrors);
    expect(found).toEqual({ add: ['ada'], remove: ['cyd'], waiting: ['new'], kept: 1 });
  });

  test('of another spoke or of the hub itself are in no list', () => {
    const found = changesForMembers(new Set(['ada']), new Set(['hub-ada', 'hub-of-globex', 'admin']), mirrors);
    expect(found).toEqual({ add: [], remove: [], waiting: [], kept: 1 });
  });
});
