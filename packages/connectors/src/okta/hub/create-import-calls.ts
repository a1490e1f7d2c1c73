import type { SourcePerson } from '@keycourier/journey/hub/import-changes';
import type { FoundPerson } from '@keycourier/journey/hub/person-changes';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { hubNameOf } from '@keycourier/journey/ports/hub';
import type { ImportCalls, PageRequest, UserPage } from '@keycourier/journey/ports/hub-imports';
import { z } from 'zod';

import { runCall } from '../../run-call.ts';
import { nextPath } from '../registration.ts';
import type { SendToOkta } from '../send.ts';
import { createUser, credentialsOf, postOf, readPerson, userPath, type HubPortOptions } from './create-hub-port.ts';
import { foundOf, peopleSchema, type OktaPerson } from './list-people.ts';
import { mapProfile, mappedPart } from './map-profile.ts';
import { createPasswords } from './temporary-password.ts';

type Mapping = Parameters<typeof mapProfile>[0];

/** The calls of imports: the hub is read, and the spoke is read and written. */
export function createImportCalls({
  orgs: { sendOf },
  hubOrgOf,
  makePassword = createPasswords(),
}: HubPortOptions): ImportCalls {
  const inHub = <Result>(name: string, tenant: string, run: (hub: SendToOkta) => Promise<Result>): Promise<Result> =>
    runCall('okta', name, () => run(sendOf(hubNameOf(tenant))));
  const inSpoke = <Result>(name: string, tenant: string, run: (spoke: SendToOkta) => Promise<Result>) =>
    runCall('okta', name, () => run(sendOf(tenant)));
  const post = (name: string, tenant: string, request: { path: string; body?: object }): Promise<void> =>
    inSpoke(name, tenant, async (spoke) => void (await spoke(postOf(request))));
  return {
    hubOrgOf,
    listHubUsers: (tenant, { mapping, ...request }) =>
      inHub('listHubUsers', tenant, (hub) => listUsers(hub, request, (user) => sourceOf(user, mapping))),
    readHubUser: (tenant, id, mapping) =>
      inHub('readHubUser', tenant, async (hub) => {
        const found = await readPerson(hub, { id });
        return found === null ? null : { ...found, profile: mapProfile(mapping, found.profile) };
      }),
    listSpokeUsers: (tenant, { mapping, ...request }) =>
      inSpoke('listSpokeUsers', tenant, (spoke) => listUsers(spoke, request, (user) => targetOf(user, mapping))),
    readSpokeUser: (tenant, by) => inSpoke('readSpokeUser', tenant, (spoke) => readPerson(spoke, by)),
    isAdministrator: (tenant, userId) => inSpoke('isAdministrator', tenant, (spoke) => hasRole(spoke, userId)),
    createSpokeUser: (tenant, { profile, activate, needsPassword }) =>
      inSpoke('createSpokeUser', tenant, async (spoke) => {
        const password = needsPassword ? await makePassword(tenant, spoke, profile) : null;
        return createUser(spoke, activate, { profile, ...credentialsOf(password, null) });
      }),
    updateSpokeUser: (tenant, id, profile) =>
      post('updateSpokeUser', tenant, { path: userPath(id), body: { profile } }),
    activateSpokeUser: (tenant, id, { sendEmail }) =>
      post('activateSpokeUser', tenant, { path: `${userPath(id)}/lifecycle/activate?sendEmail=${sendEmail}` }),
    deactivateSpokeUser: (tenant, id) =>
      post('deactivateSpokeUser', tenant, { path: `${userPath(id)}/lifecycle/deactivate` }),
  };
}

/** Okta recommends pages of at most 200. */
const pageSize = 200;

/** Before any user: a list that is filtered has those who are deactivated, and a plain one does not. */
const everyone = new Date(0);

async function listUsers<User>(
  send: SendToOkta,
  { page, since }: PageRequest,
  parse: (user: OktaPerson) => User,
): Promise<UserPage<User>> {
  const filter = encodeURIComponent(`lastUpdated gt "${(since ?? everyone).toISOString()}"`);
  const path = page ?? `/api/v1/users?limit=${pageSize}&filter=${filter}`;
  const { json, headers } = await send({ method: 'GET', path });
  return { users: peopleSchema.parse(json).map(parse), next: nextPath(headers['link'] ?? '') };
}

const sourceOf = ({ id, status, profile }: OktaPerson, mapping: Mapping): SourcePerson => ({
  id,
  status,
  profile: mapProfile(mapping, profile),
});

const targetOf = (user: OktaPerson, mapping: Mapping): FoundPerson => ({
  ...foundOf(user),
  profile: mappedPart(mapping, user.profile),
});

const rolesSchema = z.array(z.looseObject({ status: z.string().nullish() }));

/** A role that a group gives counts as well: Okta lists both. The scope is one that a service app has where it is granted. */
async function hasRole(send: SendToOkta, userId: string): Promise<boolean | null> {
  try {
    const { json } = await send({ method: 'GET', path: `${userPath(userId)}/roles`, scopes: ['okta.roles.read'] });
    return rolesSchema.parse(json).length > 0;
  } catch (error) {
    if (error instanceof ConnectorError && unreadable.includes(error.fault)) return null;
    throw error;
  }
}

const unreadable: readonly string[] = ['unauthorized', 'forbidden', 'refused', 'not_found'];
