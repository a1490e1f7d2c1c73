import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { catalogApp } from '../apps/create-app.ts';
import { bodyOf, createUser, withId, type RunningOrg } from './running-org.ts';
import { startScimServer, type ScimServer, type ScimServerOptions } from './scim-server.ts';

/** An app that is provisioned to a SCIM server, with all features on. */
export interface RunningApp {
  id: string;
  path: string;
  server: ScimServer;
  /** Creates a user and assigns the app to them. */
  person: (changes?: Record<string, unknown>) => Promise<string>;
  assign: (userId: string, more?: Record<string, unknown>) => Promise<void>;
}

const on = { status: 'ENABLED' } as const;
const off = { status: 'DISABLED' } as const;

export const allFeatures = (seed: 'OKTA' | 'RANDOM' = 'RANDOM') => ({
  create: { lifecycleCreate: on },
  update: {
    profile: on,
    lifecycleDeactivate: on,
    password: seed === 'OKTA' ? { ...on, seed, change: 'CHANGE' as const } : off,
  },
});

export async function createApp(org: RunningOrg, client: 'template' | 'wizard', label = 'Key Shop'): Promise<string> {
  const name = client === 'template' ? { name: catalogApp } : {};
  const reply = await org.call('POST', '/api/v1/apps', { ...name, label, signOnMode: 'AUTO_LOGIN' });
  return bodyOf(withId, reply).id;
}

/** Connects an app to a server, with the features that `features` has. */
export async function connect(org: RunningOrg, appId: string, to: { url: string; token: string }): Promise<void> {
  const body = { baseUrl: to.url, profile: { authScheme: 'TOKEN', token: to.token } };
  const reply = await org.call('POST', `/api/v1/apps/${appId}/connections/default?activate=true`, body);
  if (reply.status !== 200) throw new RangeError(JSON.stringify(reply.body));
}

export async function startApp(
  org: RunningOrg,
  options: Partial<ScimServerOptions> & { client: 'template' | 'wizard'; seed?: 'OKTA' | 'RANDOM'; label?: string },
): Promise<RunningApp> {
  const { client, label, seed } = options;
  const authorization = options.authorization ?? (client === 'template' ? 'header' : 'bearer');
  const server = await startScimServer({ ...options, authorization });
  const id = await createApp(org, client, label);
  const path = `/api/v1/apps/${id}`;
  await connect(org, id, server);
  await org.call('PUT', `${path}/features/USER_PROVISIONING`, allFeatures(seed));
  const assign: RunningApp['assign'] = async (userId, more = {}) => {
    await org.call('POST', `${path}/users`, { id: userId, scope: 'USER', ...more });
  };
  const person: RunningApp['person'] = async (changes) => {
    const userId = await createUser(org, changes);
    await assign(userId);
    return userId;
  };
  return { id, path, server, assign, person };
}

const stateSchema = z.looseObject({ queued: z.number(), failed: z.number() });

/** Waits until no task is queued or being worked on. */
export async function waitUntilIdle(org: RunningOrg): Promise<void> {
  await until(
    async () => bodyOf(stateSchema, await org.call('GET', '/sim/provisioning')).queued,
    (queued) => queued === 0,
  );
}

const tasksSchema = z.array(z.looseObject({ id: z.string(), kind: z.string(), message: z.string() }));

export const tasksOf = async (org: RunningOrg): Promise<z.infer<typeof tasksSchema>> =>
  bodyOf(tasksSchema, await org.call('GET', '/sim/tasks'));
