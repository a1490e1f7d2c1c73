import type { FoundPerson } from '@keycourier/journey/hub/person-changes';
import { outsideId } from '@keycourier/journey/model/outside-id';
import { hubNameOf, type HubCalls, type SpokePerson } from '@keycourier/journey/ports/hub';
import { z } from 'zod';

import { segment } from '../../http/segment.ts';
import { orNull, runCall } from '../../run-call.ts';
import type { OktaOrgs } from '../connect-orgs.ts';
import { isSameLogin } from '../read-user.ts';
import { readMemberships } from '../registration.ts';
import type { SendToOkta } from '../send.ts';
import { foundOf, listHubPeople, listSpokePeople, peopleSchema, personSchema, type OktaPerson } from './list-people.ts';
import { mapProfile } from './map-profile.ts';
import { createPasswords, type MakePassword } from './temporary-password.ts';

export interface HubPortOptions {
  orgs: Pick<OktaOrgs, 'sendOf'>;
  /** The host of a tenant's hub, read anew; null where a tenant has none. */
  hubOrgOf: HubCalls['hubOrgOf'];
  makePassword?: MakePassword;
}

/** People in both orgs of a link. */
export function createHubPort({
  orgs: { sendOf },
  hubOrgOf,
  makePassword = createPasswords(),
}: HubPortOptions): HubCalls {
  const inHub = <Result>(name: string, tenant: string, run: (hub: SendToOkta) => Promise<Result>): Promise<Result> =>
    runCall('okta', name, () => run(sendOf(hubNameOf(tenant))));
  const post = (name: string, tenant: string, request: { path: string; body?: object | undefined }): Promise<void> =>
    inHub(name, tenant, async (hub) => void (await hub(postOf(request))));
  return {
    hubOrgOf,
    readSpokePerson: (tenant, userId, wanted) =>
      runCall('okta', 'readSpokePerson', () => readSpokePerson(sendOf(tenant), userId, wanted)),
    readHubPerson: (tenant, by) => inHub('readHubPerson', tenant, (hub) => readPerson(hub, by)),
    listSpokePeople: (tenant, list) => runCall('okta', 'listSpokePeople', () => listSpokePeople(sendOf(tenant), list)),
    listHubPeople: (tenant, list) => inHub('listHubPeople', tenant, (hub) => listHubPeople(hub, list)),
    createPerson: (tenant, { activate, ...person }) =>
      inHub('createPerson', tenant, async (hub) => {
        const password = person.needsPassword ? await makePassword(tenant, sendOf(tenant), person.profile) : null;
        const body = { profile: person.profile, ...credentialsOf(password, person.securityQuestion) };
        return createUser(hub, activate, body);
      }),
    updatePerson: (tenant, id, profile) => post('updatePerson', tenant, { path: userPath(id), body: { profile } }),
    setTemporaryPassword: (tenant, id, profile) =>
      inHub('setTemporaryPassword', tenant, async (hub) => {
        const password = await makePassword(tenant, sendOf(tenant), profile);
        await hub(postOf({ path: userPath(id), body: credentialsOf(password, null) }));
      }),
    setSecurityQuestion: (tenant, id, question) =>
      post('setSecurityQuestion', tenant, { path: userPath(id), body: credentialsOf(null, question) }),
    activatePerson: (tenant, id, { sendEmail }) =>
      post('activatePerson', tenant, { path: `${userPath(id)}/lifecycle/activate?sendEmail=${sendEmail}` }),
    deactivatePerson: (tenant, id) =>
      post('deactivatePerson', tenant, { path: `${userPath(id)}/lifecycle/deactivate` }),
  };
}

/** @returns the id of the user */
export async function createUser(send: SendToOkta, activate: boolean, body: object): Promise<string> {
  const { json } = await send(postOf({ path: `/api/v1/users?activate=${activate}`, body }));
  return z.looseObject({ id: outsideId }).parse(json).id;
}

export const userPath = (id: string): string => `/api/v1/users/${encodeURIComponent(segment('okta', id))}`;

export const postOf = ({ path, body }: { path: string; body?: object | undefined }) => ({
  method: 'POST' as const,
  path,
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

export function credentialsOf(
  password: string | null,
  question: Parameters<HubCalls['createPerson']>[1]['securityQuestion'],
): object {
  if (password === null && question === null) return {};
  return {
    credentials: {
      ...(password === null ? {} : { password: { value: password } }),
      ...(question === null ? {} : { recovery_question: question }),
    },
  };
}

async function readSpokePerson(
  send: SendToOkta,
  userId: string,
  { mapping, groups }: Parameters<HubCalls['readSpokePerson']>[2],
): Promise<SpokePerson | null> {
  const answer = await orNull(() => send({ method: 'GET', path: userPath(userId) }));
  if (answer === null) return null;
  const user = personSchema.parse(answer.json);
  // Okta also accepts the part of a login before the @: another user is not the one that was requested.
  if (user.id !== userId) return null;
  const isInGroup = groups.length > 0 && (await readMemberships(send, user.id, groups));
  return { status: user.status, profile: mapProfile(mapping, user.profile), isInGroup };
}

/** Never cached; null where the org has no such user. */
export async function readPerson(
  send: SendToOkta,
  by: Parameters<HubCalls['readHubPerson']>[1],
): Promise<FoundPerson | null> {
  const found = 'id' in by ? await readById(send, by.id) : await readByLogin(send, by.login);
  if (found === null) return null;
  const isIt = 'id' in by ? found.id === by.id : isSameLogin(String(found.profile['login']), by.login);
  return isIt ? foundOf(found) : null;
}

async function readById(send: SendToOkta, id: string): Promise<OktaPerson | null> {
  const answer = await orNull(() => send({ method: 'GET', path: userPath(id) }));
  return answer === null ? null : personSchema.parse(answer.json);
}

/** A login with a slash cannot be in a path, and `me` or dots alone would address another resource. */
async function readByLogin(send: SendToOkta, login: string): Promise<OktaPerson | null> {
  if (!login.includes('/') && !/^(\.{0,2}|me)$/i.test(login)) return readById(send, login);
  const quoted = login.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const filter = encodeURIComponent(`profile.login eq "${quoted}"`);
  const { json } = await send({ method: 'GET', path: `/api/v1/users?filter=${filter}&limit=2` });
  return peopleSchema.parse(json).find(({ profile }) => isSameLogin(String(profile['login']), login)) ?? null;
}
