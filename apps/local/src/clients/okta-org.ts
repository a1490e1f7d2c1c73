import { z } from 'zod';

import { callOk } from './call.ts';

const user = z.looseObject({ id: z.string(), status: z.string(), profile: z.looseObject({ login: z.string() }) });
const group = z.looseObject({ id: z.string(), profile: z.looseObject({ name: z.string() }) });
const enrollment = z.looseObject({ id: z.string(), status: z.string() });

export type OrgUser = z.infer<typeof user>;
export type Profile = Readonly<Record<string, string | null>>;

export interface ProductIds {
  productId: string;
  inventoryProductId: string;
  customizationId: string;
}

/** A client of an org's API, with the calls of an Okta administrator. */
export function oktaOrg(url: string, token: string) {
  const headers = { authorization: `SSWS ${token}` };
  const send = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callOk(method, `${url}${path}`, { headers, body });
  return {
    send,
    createUser: async (profile: Profile, { staged }: { staged: boolean }): Promise<OrgUser> =>
      user.parse(
        await send('POST', `/api/v1/users?activate=${String(!staged)}`, {
          profile,
          // An activated user with a password is ACTIVE at once; without one, PROVISIONED.
          ...(staged ? {} : { credentials: { password: { value: 'Correct-Horse-7-Battery' } } }),
        }),
      ),
    updateUser: async (id: string, profile: Profile): Promise<OrgUser> =>
      user.parse(await send('POST', `/api/v1/users/${id}`, { profile })),
    lifecycle: (id: string, operation: 'activate' | 'deactivate' | 'suspend' | 'unsuspend'): Promise<unknown> =>
      send('POST', `/api/v1/users/${id}/lifecycle/${operation}?sendEmail=false`),
    createGroup: async (name: string): Promise<string> =>
      group.parse(await send('POST', '/api/v1/groups', { profile: { name } })).id,
    groupId: async (name: string): Promise<string> => {
      const found = z.array(group).parse(await send('GET', `/api/v1/groups?q=${encodeURIComponent(name)}`));
      return found.find(({ profile }) => profile.name === name)?.id ?? '';
    },
    addToGroup: (groupId: string, userId: string): Promise<unknown> =>
      send('PUT', `/api/v1/groups/${groupId}/users/${userId}`),
    removeFromGroup: (groupId: string, userId: string): Promise<unknown> =>
      send('DELETE', `/api/v1/groups/${groupId}/users/${userId}`),
    initiate: (userId: string, product: ProductIds): Promise<unknown> =>
      send('POST', '/webauthn-registration/api/v1/initiate-fulfillment-request', {
        userId,
        fulfillmentProvider: 'yubico',
        fulfillmentData: [product],
      }),
    enrollments: async (userId: string): Promise<z.infer<typeof enrollment>[]> =>
      z.array(enrollment).parse(await send('GET', `/webauthn-registration/api/v1/users/${userId}/enrollments`)),
  };
}

export type OktaOrg = ReturnType<typeof oktaOrg>;
