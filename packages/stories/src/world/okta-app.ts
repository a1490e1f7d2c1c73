import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import type { World } from './world.ts';

export type AppKind = 'template' | 'wizard';

/** An app of the org that is provisioned to a SCIM server, with the calls and buttons of an admin. */
export interface OktaApp {
  id: string;
  assign: (userId: string) => Promise<unknown>;
  unassign: (userId: string) => Promise<unknown>;
  assignGroup: (groupId: string) => Promise<unknown>;
  /** Pushes a group; the id of the mapping. */
  pushGroup: (groupId: string) => Promise<string>;
  pushNow: (mappingId: string) => Promise<unknown>;
  forceSync: () => Promise<unknown>;
  /** Imports all users, and returns what was found. */
  importUsers: () => Promise<ImportResult>;
  /** Changes what attributes of the app are filled with; names and expressions are Okta's. */
  map: (expressions: Readonly<Record<string, string>>) => Promise<unknown>;
  enterToken: (to: { url: string; token: string }) => Promise<unknown>;
}

const withId = z.looseObject({ id: z.string() });

const importResult = z.looseObject({
  id: z.string(),
  state: z.string(),
  users: z.number(),
  inactive: z.number(),
  matched: z.array(z.unknown()),
  unassigned: z.array(z.string()),
  problems: z.array(z.string()),
});

export type ImportResult = z.infer<typeof importResult>;

const on = { status: 'ENABLED' } as const;
const off = { status: 'DISABLED' } as const;

export interface AppToConnect {
  kind: AppKind;
  label: string;
  syncsPasswords: boolean;
  url: string;
  token: string;
}

/** Creates an app and connects it, as an admin does. With `syncsPasswords`, Okta's own are sent, else placeholders. */
export async function connectOktaApp(
  world: World,
  { kind, label, syncsPasswords, ...to }: AppToConnect,
): Promise<OktaApp> {
  const { send } = world.org();
  const name = kind === 'template' ? { name: 'scim2testapp_headerauth' } : {};
  const { id } = withId.parse(await send('POST', '/api/v1/apps', { ...name, label, signOnMode: 'AUTO_LOGIN' }));
  const path = `/api/v1/apps/${id}`;
  const enterToken: OktaApp['enterToken'] = ({ url, token }) =>
    send('POST', `${path}/connections/default?activate=true`, {
      baseUrl: url,
      profile: { authScheme: 'TOKEN', token },
    });
  await enterToken(to);
  await send('PUT', `${path}/features/USER_PROVISIONING`, {
    create: { lifecycleCreate: on },
    update: {
      profile: on,
      lifecycleDeactivate: on,
      password: syncsPasswords ? { ...on, seed: 'OKTA', change: 'CHANGE' } : off,
    },
  });
  return {
    id,
    enterToken,
    assign: (userId) => send('POST', `${path}/users`, { id: userId, scope: 'USER' }),
    unassign: (userId) => send('DELETE', `${path}/users/${userId}`),
    assignGroup: (groupId) => send('PUT', `${path}/groups/${groupId}`, {}),
    pushGroup: async (sourceGroupId) =>
      withId.parse(await send('POST', `${path}/group-push/mappings`, { sourceGroupId })).id,
    pushNow: (mappingId) => send('POST', `/sim/apps/${id}/group-push/mappings/${mappingId}/push-now`),
    forceSync: () => send('POST', `/sim/apps/${id}/force-sync`),
    map: async (expressions) => {
      const [mapping] = z.array(withId).parse(await send('GET', `/api/v1/mappings?targetId=${id}`));
      const entries = Object.entries(expressions).map(([attribute, expression]) => [
        attribute,
        { expression, pushStatus: 'PUSH' },
      ]);
      await send('POST', `/api/v1/mappings/${mapping?.id ?? ''}`, { properties: Object.fromEntries(entries) });
    },
    importUsers: async () => {
      const { importId } = z.looseObject({ importId: z.string() }).parse(await send('POST', `/sim/apps/${id}/imports`));
      return waitUntil('the import', async () =>
        z
          .array(importResult)
          .parse(await send('GET', `/sim/apps/${id}/imports`))
          .find((one) => one.id === importId),
      );
    },
  };
}

/** How the org calls SCIM servers; `GET /sim/provisioning` names the settings. */
export const setProvisioning = (world: World, settings: Readonly<Record<string, unknown>>): Promise<unknown> =>
  world.org().send('PUT', '/sim/provisioning', settings);

const provisioningState = z.looseObject({ queued: z.number(), waiting: z.number(), failed: z.number() });

export const readProvisioning = async (world: World): Promise<z.infer<typeof provisioningState>> =>
  provisioningState.parse(await world.org().send('GET', '/sim/provisioning'));

/** Waits until the org has sent everything to the SCIM servers. */
export const untilProvisioned = (world: World): Promise<true> =>
  waitUntil('the last task of provisioning', async () => (await readProvisioning(world)).queued === 0 || null);

const tasks = z.array(z.looseObject({ id: z.string(), kind: z.string(), message: z.string() }));

/** What has failed and waits for an admin, oldest first. */
export const adminTasks = async (world: World): Promise<z.infer<typeof tasks>> =>
  tasks.parse(await world.org().send('GET', '/sim/tasks'));

export const retryTask = (world: World, id: string): Promise<unknown> =>
  world.org().send('POST', `/sim/tasks/${id}/retry`);
