import type { ImportAction, ImportProblem } from '@keycourier/journey/hub/import-changes';
import type { hubCheckNames } from '@keycourier/journey/hub/judge-hub';
import type { HubPersonProblem, InitialStatus, MirrorStateName } from '@keycourier/journey/hub/person-changes';
import type { comparisonStates } from '@keycourier/ledger/hub/tables';

import type { linkWaits } from './people-state-schema.ts';

const hubChecks: Readonly<Record<(typeof hubCheckNames)[number], string>> = {
  credentials: 'the hub accepted them',
  scopes: 'each scope is granted',
  users: 'users can be listed and read',
  groups: 'groups can be listed',
  roles: 'the roles can be read',
  may_create: 'it may create users',
  may_update: 'it may update, deactivate and reactivate users',
  may_assign: 'it may add users to groups and remove them',
  may_change_groups: 'it may create, rename and delete groups',
};

const initialStatusMeanings: Readonly<Record<InitialStatus, string>> = {
  active_with_pass: 'active, with a temporary password',
  active_without_pass: 'activated: Okta asks the user to set a password',
  pending_with_pass: 'staged, with a temporary password',
  pending_without_pass: 'staged',
};

const mirrorStateMeanings: Readonly<Record<MirrorStateName, string>> = {
  new: 'not in the hub yet',
  creating: 'about to be created',
  waking: 'about to be activated',
  linked: 'in the hub',
  left: 'deactivated in the hub, where the link may do that',
};

const hubPersonProblemMeanings: Readonly<Record<HubPersonProblem, string>> = {
  not_in_spoke: 'the tenant’s org has no user of this id',
  linked_elsewhere: 'the hub’s user of this login is that of another person, of this org or another one',
  sourced_elsewhere: 'a directory or an HR system owns the hub’s user',
  gone_from_hub: 'the hub deleted the user; a push brings them back',
  deactivated_in_hub: 'the hub deactivated the user; a push brings them back',
  cannot_be_staged: 'the hub’s user is deactivated, and Okta cannot make them pending: choose an active status',
  login_taken: 'the hub refuses the login, and shows no user who has it',
  login_missing: 'the mapping makes no login of this user',
  profile_refused: 'the hub refuses values of `fields`',
  password_refused: 'the hub’s policy refuses a temporary password, or its user can have none',
  forbidden: 'the credentials of the hub may not do it: test them',
  refused: 'the hub refuses the change',
  overwritten: 'another client of the hub keeps changing the user',
};

const linkWaitMeanings: Readonly<Record<(typeof linkWaits)[number], string>> = {
  credentials_refused: 'it refuses the credentials: test those of the hub',
  no_answer: 'it does not answer',
};

const comparisonStateMeanings: Readonly<Record<(typeof comparisonStates)[number], string>> = {
  pending: 'it has read nothing yet',
  spoke: 'it reads the tenant’s org',
  hub: 'it reads the hub',
  unmatched: 'it looks at those who have no user in the hub',
  held: 'it waits for an operator, for it would change too many',
  writing: 'an import writes what it found',
  ended: 'it has read everyone, and an import has written',
  rejected: 'an operator ended an import that was held: nothing is written',
  failed: 'it has ended before that, for its `problem`',
};

const importActionMeanings: Readonly<Record<Exclude<ImportAction, 'none'>, string>> = {
  unmatched: 'the tenant’s org does not have them, and creating is off',
  refused: 'nothing, for the reason in `problem`',
  link: 'nothing but a link is kept: from then on the hub’s changes are theirs',
  create: 'they are created',
  update: 'attributes in `fields` are changed',
  reactivate: 'they are activated again',
  deactivate: 'they are deactivated',
};

const importProblemMeanings: Readonly<Record<ImportProblem, string>> = {
  sourced_elsewhere: 'a directory or an HR system owns the user of the tenant’s org',
  linked_elsewhere: 'the user of the tenant’s org is that of another user of the hub',
  administrator: 'an administrator of the tenant’s org: the hub cannot change them',
  roles_unreadable: 'whether they are an administrator cannot be read: grant the scope `okta.roles.read`',
  deactivated_in_spoke: 'the tenant’s org deactivated the user',
  gone_from_spoke: 'the tenant’s org deleted the user',
  login_missing: 'the mapping makes no login of this user',
  login_taken: 'the tenant’s org refuses the login, and shows no user who has it',
  profile_refused: 'the tenant’s org refuses values of `fields`',
  password_refused: 'the policy of the tenant’s org refuses a temporary password',
  forbidden: 'the credentials of the tenant’s org may not do it',
  refused: 'the tenant’s org refuses the change',
  changed_meanwhile:
    'it would be something else, or more attributes, than the import had found: a later one looks again',
};

/** What the values of the hub's enums mean. */
export const hubMeanings = [
  hubChecks,
  initialStatusMeanings,
  mirrorStateMeanings,
  hubPersonProblemMeanings,
  linkWaitMeanings,
  comparisonStateMeanings,
  importActionMeanings,
  importProblemMeanings,
] as const;
