import { z } from 'zod';

import { callOk } from './call.ts';

const user = z.looseObject({ id: z.string(), status: z.string(), profile: z.looseObject({ login: z.string() }) });
const group = z.looseObject({ id: z.string(), profile: z.looseObject({ name: z.string() }) });
const enrollment = z.looseObject({ id: z.string(), status: z.string() });

export type OrgUser = z.infer<typeof user>;
export type Profile = Readonly<Record<string, string | null>>;

/** What an Okta administrator does, through the org's own API. */
export function oktaOrg(url: string, token: string) {
  const headers = { authorization: `SSWS ${token}` };
  const ask = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callOk(method, `${url}${path}`, { headers, ...(body === undefined ? {} : { body }) });
  return {
    ask,
    createUser: async (profile: Profile, { staged }: { staged: boolean }): Promise<OrgUser> =>
      user.parse(
        await ask('POST', `/api/v1/users?activate=${String(!staged)}`, {
          profile,
          // With a password, an activated user is ACTIVE at once; without, PROVISIONED.
          ...(staged ? {} : { credentials: { password: { value: 'Correct-Horse-7-Battery' } } }),
        }),
      ),
    updateUser: async (id: string, profile: Profile): Promise<OrgUser> =>
      user.parse(await ask('POST', `/api/v1/users/${id}`, { profile })),
    lifecycle: (id: string, step: 'activate' | 'deactivate' | 'suspend' | 'unsuspend'): Promise<unknown> =>
      ask('POST', `/api/v1/users/${id}/lifecycle/${step}?sendEmail=false`),
    createGroup: async (name: string): Promise<string> =>
      group.parse(await ask('POST', '/api/v1/groups', { profile: { name } })).id,
    groupId: async (name: string): Promise<string> => {
      const found = z.array(group).parse(await ask('GET', `/api/v1/groups?q=${encodeURIComponent(name)}`));
      return found.find(({ profile }) => profile.name === name)?.id ?? '';
    },
    addToGroup: (groupId: string, userId: string): Promise<unknown> =>
      ask('PUT', `/api/v1/groups/${groupId}/users/${userId}`),
    removeFromGroup: (groupId: string, userId: string): Promise<unknown> =>
      ask('DELETE', `/api/v1/groups/${groupId}/users/${userId}`),
    initiate: (
      userId: string,
      ids: { productId: string; inventoryProductId: string; customizationId: string },
    ): Promise<unknown> =>
      ask('POST', '/webauthn-registration/api/v1/initiate-fulfillment-request', {
        userId,
        fulfillmentProvider: 'yubico',
        fulfillmentData: [ids],
      }),
    enrollments: async (userId: string): Promise<z.infer<typeof enrollment>[]> =>
      z.array(enrollment).parse(await ask('GET', `/webauthn-registration/api/v1/users/${userId}/enrollments`)),
  };
}

export type OktaOrg = ReturnType<typeof oktaOrg>;
