import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { createGuard, type ResilienceOptions } from '../resilience.ts';
import { beforehand, restate } from '../restate.ts';
import { activate } from './activate.ts';
import { connectSdk, type OktaSdk } from './connect-sdk.ts';
import { deleteEnrollment, markEnrollmentError } from './end-enrollment.ts';
import { enroll } from './enroll.ts';
import { isMember } from './is-member.ts';
import { listEnrollments } from './list-enrollments.ts';
import { readGroup } from './read-group.ts';
import { readUser } from './read-user.ts';
import { createRelyingParties } from './relying-party.ts';
import { sendPin } from './send-pin.ts';
import { createSend } from './send.ts';
import type { OktaSettingsOf } from './settings.ts';

/** Okta's API for every tenant. Reads are tried again by themselves; calls with an effect are sent once. */
export function createOktaPort(
  settingsOf: OktaSettingsOf,
  options: { resilience?: Partial<ResilienceOptions>; now?: () => number } = {},
): IdentityPort {
  const sendOf = createSend(settingsOf, createGuard('okta', options.resilience), options.now ?? Date.now);
  const relyingPartyOf = createRelyingParties();
  const sdks = new Map<string, Promise<OktaSdk>>();
  const sdkOf = (tenant: string): Promise<OktaSdk> => {
    const sdk = sdks.get(tenant) ?? connectSdk(sendOf(tenant));
    sdks.set(tenant, sdk);
    return sdk;
  };
  const call = <Result>(name: string, tenant: string, run: (sdk: OktaSdk) => Promise<Result>): Promise<Result> =>
    restate('okta', name, async () => run(await sdkOf(tenant)));
  return {
    readUser: (tenant, idOrLogin) => call('readUser', tenant, (sdk) => readUser(sdk, idOrLogin)),
    readGroup: (tenant, groupId) => call('readGroup', tenant, (sdk) => readGroup(sdk, groupId)),
    isMember: (tenant, groupId, userId) => call('isMember', tenant, (sdk) => isMember(sdk, groupId, userId)),
    listEnrollments: (tenant, userId) => call('listEnrollments', tenant, (sdk) => listEnrollments(sdk, userId)),
    enroll: (tenant, request) =>
      call('enroll', tenant, async (sdk) => {
        const rpId = await beforehand('okta', () => relyingPartyOf(tenant, settingsOf(tenant), sendOf(tenant)));
        return enroll(sdk, { ...request, rpId });
      }),
    activate: (tenant, request) => restate('okta', 'activate', () => activate(sendOf(tenant), request)),
    sendPin: (tenant, userId, id) => call('sendPin', tenant, (sdk) => sendPin(sdk, userId, id)),
    deleteEnrollment: (tenant, userId, id) =>
      call('deleteEnrollment', tenant, (sdk) => deleteEnrollment(sdk, userId, id)),
    markEnrollmentError: (tenant, userId, id) =>
      call('markEnrollmentError', tenant, (sdk) => markEnrollmentError(sdk, userId, id)),
  };
}
