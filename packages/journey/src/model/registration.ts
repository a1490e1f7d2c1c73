/** A group of the tenant's org, by its id or its exact name. */
export type GroupReference = { id: string; name?: undefined } | { id?: undefined; name: string };

/** Where Okta is shown who may be sent to passwordless sign-in; at least one of the two is set. */
export interface RegistrationTarget {
  attribute: { name: string; ready: string | boolean; notReady: string | boolean } | null;
  group: GroupReference | null;
  /** How often what was written is compared with what Okta has. */
  verifyEveryMs: number;
}

/** Why one person's registration is not as wanted in Okta. */
export const personProblems = ['user_not_found', 'user_deactivated', 'forbidden', 'refused', 'overwritten'] as const;

/** What an administrator must change, in Okta or in the config; the worker has said so once. */
export const settingsProblems = [
  'attribute_refused',
  'attribute_sourced',
  'group_missing',
  'group_refused',
  'missing_scope',
] as const;

export const registrationProblems = [...personProblems, ...settingsProblems] as const;

export type PersonProblem = (typeof personProblems)[number];
export type SettingsProblem = (typeof settingsProblems)[number];
export type RegistrationProblem = PersonProblem | SettingsProblem;

export const isSettingsProblem = (code: string | null): code is SettingsProblem =>
  settingsProblems.some((one) => one === code);

/** Whether it stops the writes for everyone. A profile source owns the attribute of its own users alone. */
export const stopsEveryone = (problem: SettingsProblem): boolean => problem !== 'attribute_sourced';

/** Identifies a target: what was written for another one has to be written again. */
export function fingerprintOf({ attribute, group }: RegistrationTarget): string {
  const { name, ready, notReady } = attribute ?? {};
  return JSON.stringify([attribute === null ? null : [name, ready, notReady], group?.id ?? null, group?.name ?? null]);
}

const markPrefix = 'keycourier registration ';

/** The User-Agent of a write, which Okta keeps in the event that it raises: by it the write is recognised as our own. */
export const markOf = (registrationId: string): string => `${markPrefix}${registrationId}`;

/** The registration that a User-Agent names; null for any other. */
export const registrationOfMark = (userAgent: string): string | null =>
  userAgent.startsWith(markPrefix) ? userAgent.slice(markPrefix.length) : null;
