import type { HubPersonProblem } from '@keycourier/journey/hub/person-changes';
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
