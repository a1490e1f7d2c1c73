import type { ImportAction, ImportProblem } from '@keycourier/journey/hub/import-changes';

const actions: Readonly<Record<ImportAction, string>> = {
  none: 'Is as it should be.',
  unmatched: 'The tenant’s org does not have them, and creating is off.',
  refused: 'Nothing is done.',
  link: 'Is linked: from then on the hub’s changes are theirs.',
  create: 'Is created.',
  update: 'Gets the hub’s attributes.',
  reactivate: 'Is activated again.',
  deactivate: 'Is deactivated.',
};

/** What an import does with a person in the tenant's org. */
export const describeImportAction = (action: ImportAction): string => actions[action];

const problems: Readonly<Record<ImportProblem, string>> = {
  sourced_elsewhere:
    'A directory or an HR system owns the user of the tenant’s org. Take them out of it, or leave them.',
  linked_elsewhere:
    'The user of the tenant’s org is that of another user of the hub. Give one of the two another login.',
  administrator: 'They administrate the tenant’s org: the hub cannot change them. Change them there.',
  roles_unreadable: 'Whether they are an administrator cannot be read. Grant okta.roles.read in the tenant’s org.',
  deactivated_in_spoke: 'The tenant’s org deactivated the user. Activate them there, if they are to come back.',
  gone_from_spoke: 'The tenant’s org deleted the user.',
  login_missing: 'The mapping gives the person no login.',
  login_taken: 'The tenant’s org has another user with this login. Change one of the two.',
  profile_refused:
    'The tenant’s org refuses attributes of the profile. Correct them in the hub, or change the mapping.',
  password_refused: 'The policy of the tenant’s org refuses a temporary password.',
  forbidden: 'The credentials of the tenant’s org may not change this user.',
  refused: 'The tenant’s org refuses the change.',
  changed_meanwhile: 'It would be something else, or more, than the import had found. A later one looks again.',
};

/** Why the tenant's org is not as the hub says, and what to do about it. */
export const describeImportProblem = (code: ImportProblem): string => problems[code];
