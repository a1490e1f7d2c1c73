import type { Service } from '@keycourier/journey/ports/errors';
import { tenantOfHub } from '@keycourier/journey/ports/hub';
import type { GroupCalls } from '@keycourier/journey/ports/hub-groups';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { prepareCall, runCall } from '../run-call.ts';
import { activate } from './activate.ts';
import type { OktaOrgs } from './connect-orgs.ts';
import { connectSdk, type OktaSdk } from './connect-sdk.ts';
import { deleteEnrollment, enroll, listEnrollments, markEnrollmentError, sendPin } from './enrollments.ts';
import { isMember, readGroup } from './groups.ts';
import * as groups from './hub/group-calls.ts';
import { readUser } from './read-user.ts';
import { readRegistration, setMembership, writeAttribute } from './registration.ts';
import { createRelyingParties, type RelyingPartyOf } from './relying-party.ts';

const serviceOf = (name: string): Service => (tenantOfHub(name) === null ? 'okta' : 'hub');

/** The Okta API of every tenant, and of its hub by that one's name. Reads are retried here; calls with an effect are sent once. */
export function createOktaPort(
  { settingsOf, sendOf }: OktaOrgs,
  relyingPartyOf: RelyingPartyOf = createRelyingParties(),
): IdentityPort {
  const sdks = new Map<string, Promise<OktaSdk>>();
  const sdkOf = (tenant: string): Promise<OktaSdk> => {
    const sdk = sdks.get(tenant) ?? connectSdk(sendOf(tenant));
    sdks.set(tenant, sdk);
    return sdk;
  };
  const call = <Result>(name: string, tenant: string, run: (sdk: OktaSdk) => Promise<Result>): Promise<Result> =>
    runCall(serviceOf(tenant), name, async () => run(await sdkOf(tenant)));
  return {
    readUser: (tenant, idOrLogin) => call('readUser', tenant, (sdk) => readUser(sdk, idOrLogin)),
    readGroup: (tenant, groupId) => call('readGroup', tenant, (sdk) => readGroup(sdk, groupId)),
    isMember: (tenant, groupId, userId) => call('isMember', tenant, (sdk) => isMember(sdk, groupId, userId)),
    listEnrollments: (tenant, userId) => call('listEnrollments', tenant, (sdk) => listEnrollments(sdk, userId)),
    enroll: (tenant, request) =>
      call('enroll', tenant, async (sdk) => {
        const settings = await prepareCall('okta', async () => settingsOf(tenant));
        const rpId = await prepareCall('okta', () => relyingPartyOf(tenant, settings, sendOf(tenant)));
        return enroll(sdk, { ...request, rpId });
      }),
    activate: (tenant, request) => runCall(serviceOf(tenant), 'activate', () => activate(sendOf(tenant), request)),
    sendPin: (tenant, userId, id) => call('sendPin', tenant, (sdk) => sendPin(sdk, userId, id)),
    deleteEnrollment: (tenant, userId, id) =>
      call('deleteEnrollment', tenant, (sdk) => deleteEnrollment(sdk, userId, id)),
    readRegistration: (tenant, userId, target) =>
      runCall(serviceOf(tenant), 'readRegistration', () => readRegistration(sendOf(tenant), userId, target)),
    writeAttribute: (tenant, write) =>
      runCall(serviceOf(tenant), 'writeAttribute', () => writeAttribute(sendOf(tenant), write)),
    setMembership: (tenant, write) =>
      runCall(serviceOf(tenant), 'setMembership', () => setMembership(sendOf(tenant), write)),
    ...groupCalls({ settingsOf, sendOf }),
    markEnrollmentError: (tenant, userId, id) =>
      call('markEnrollmentError', tenant, (sdk) => markEnrollmentError(sdk, userId, id)),
  };
}

const groupCalls = ({ settingsOf, sendOf }: OktaOrgs): GroupCalls => ({
  hostOf: (org) => prepareCall('okta', async () => new URL((await settingsOf(org)).orgUrl).host),
  findGroup: (org, id) => runCall('okta', 'findGroup', () => groups.findGroup(sendOf(org), id)),
  findGroupsNamed: (org, name) => runCall('okta', 'findGroupsNamed', () => groups.findGroupsNamed(sendOf(org), name)),
  createGroup: (org, group) => runCall('okta', 'createGroup', () => groups.createGroup(sendOf(org), group)),
  updateGroup: (org, group) => runCall('okta', 'updateGroup', () => groups.updateGroup(sendOf(org), group)),
  deleteGroup: (org, id) => runCall('okta', 'deleteGroup', () => groups.deleteGroup(sendOf(org), id)),
  listMembers: (org, id, page) => runCall('okta', 'listMembers', () => groups.listMembers(sendOf(org), id, page)),
});
