import { hubPersonProblems, type HubPersonProblem } from '@keycourier/journey/hub/person-changes';
import type { HubDrift } from '@keycourier/journey/model/hub-user';

import { problemMessages } from './problems.ts';

/** At the link, where the person is looked at; elsewhere a hold says the same of their shipment. */
const atTheLink: Readonly<Partial<Record<HubPersonProblem, string>>> = {
  profile_refused: 'The hub refuses attributes of the profile. Correct them in the spoke, or change the mapping.',
  forbidden:
    'The credentials of the hub may not change this user, perhaps an administrator. Test them: the test says what to grant.',
  refused: 'The hub refuses the change. It is tried again by itself.',
};

/** Why the hub does not hold what the spoke requires of a person, and what to do about it. */
export const describeHubPersonProblem = (code: HubPersonProblem): string =>
  atTheLink[code] ?? problemMessages[code] ?? code;

const drifts: Readonly<Record<HubDrift, string>> = {
  login: 'login',
  status: 'status',
  email: 'primary address',
  secondEmail: 'secondary address',
};

/** In what the two users of a person differ. */
export const describeDrift = (drift: readonly HubDrift[]): string => drift.map((one) => drifts[one]).join(', ');

const compared: Readonly<Record<string, string>> = {
  create: 'Is to be created in the hub.',
  link: 'Is to be linked with the user who has the login.',
  activate: 'Is to be activated in the hub.',
  update: 'Has other attributes in the hub.',
  deactivate: 'Is to be deactivated in the hub.',
};

/** How a person compares, or why the hub is not as the spoke requires. */
export function describeCompared(outcome: string): string {
  const problem = hubPersonProblems.find((one) => one === outcome);
  return problem === undefined ? (compared[outcome] ?? outcome) : describeHubPersonProblem(problem);
}

const runProblems: Readonly<Record<string, string>> = {
  missing_scope: 'The credentials of an org lack a scope. Test those of the hub: the test says what to grant.',
  forbidden: 'The credentials of an org may not read all people. Test those of the hub: the test says what to grant.',
  refused: 'An org refused to be read. Try again later.',
  empty_list:
    'An org listed no one, as Okta does for credentials that may see no one. Test those of the hub, and see what roles those of the tenant’s org have.',
  hub_is_empty:
    'The hub listed no one, as Okta does for credentials that may see no one. Test them: the test says what to grant.',
  spoke_is_empty:
    'The tenant’s org listed no one, as Okta does for credentials that may see no one. Give them a role that may view all users.',
  no_hub: 'Nothing signs in to a hub any more. Name the hub and its service app.',
  sourcing_off: 'The hub is not the source of these people any more. Switch sourcing on, or make a dry run.',
  settings_changed: 'The settings of the link were changed before all was written. The next import reads everyone.',
};

/** Why a run could not go on. */
export const describeRunProblem = (code: string): string => runProblems[code] ?? code;
