import type { ConnectionOptions } from '@keycourier/ledger/directory/connections/connection';
import { inventPerson } from '@keycourier/local/clients/people';

import { connectOktaApp, setProvisioning, type AppKind, type OktaApp } from './okta-app.ts';
import { createScimAccess, type ScimAccess } from './scim-connections.ts';
import { startScimProxy, type ScimProxy } from './scim-proxy.ts';
import { createWorld, type Backend, type World } from './world.ts';

export const registrationAttribute = 'keycourierRegistered';

const attribute = {
  title: 'Security key ready',
  type: 'string',
  scope: 'NONE',
  permissions: [{ principal: 'SELF', action: 'READ_ONLY' }],
};

/** With the standard grace, and the address that a SCIM client pushes. It hears nothing of Okta's own events. */
export const patientTenant = 'patient';

const tenants = [
  {
    name: 'acme',
    ownOrg: true,
    // Its log is full of what made the six hundred and provisions them; hooks are all that these stories need.
    catchUp: { enabled: false },
    deactivationGrace: '2s',
    registration: { attribute: { name: registrationAttribute, type: 'string' as const } },
  },
  { name: patientTenant, addressSources: ['scim', 'okta'] as const },
];

/** 600 people of the org's start, all of them in both groups; `six.NNN` is their login. On Postgres alone, where their stories are. */
export const sixHundred = {
  groups: ['Six hundred', 'Assigned six hundred'] as const,
  logins: Array.from({ length: 600 }, (_, number) => `six.${number}@acme.example`),
};

const seededUser = (login: string) => ({
  status: 'ACTIVE' as const,
  profile: { ...inventPerson().profile, login, email: login },
  groups: sixHundred.groups,
});

/** A stack whose org provisions through a proxy that records what was sent. */
export interface ScimWorld {
  world: World;
  proxy: ScimProxy;
  /** Creates a connection, and an app of the org that is connected to it. Only wizard apps get Okta's own passwords. */
  connect: (
    kind: AppKind,
    label: string,
    options?: Partial<ConnectionOptions> & { tenant?: string },
  ) => Promise<Connected>;
  stop: () => Promise<void>;
}

export interface Connected {
  app: OktaApp;
  access: ScimAccess;
}

export async function createScimWorld(backend: Backend): Promise<ScimWorld> {
  const world = await createWorld({
    backend,
    logLevel: 'trace',
    tenants,
    apps: ['receiver', 'api', 'scim', 'worker'],
    // Stories hold calls until something else has happened.
    worker: { CONNECTOR_TIMEOUT_MS: '120000' },
    users: backend === 'postgres' ? sixHundred.logins.map(seededUser) : [],
  });
  const listening = new URL(world.stack.local.scim).origin;
  const proxy = await startScimProxy(() => world.stack.children.get('scim')?.url ?? listening);
  await setProvisioning(world, { putDelayMs: 0 });
  // Of Okta's events and the directory's, only one makes the keys of a group.
  await world.api().switchFlow('group-add', false);
  await world.org().send('POST', '/api/v1/meta/schemas/user/default', {
    definitions: { custom: { id: '#custom', type: 'object', properties: { [registrationAttribute]: attribute } } },
  });
  await world.org().send('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  return {
    world,
    proxy,
    connect: async (kind, label, options = {}) => {
      const access = await createScimAccess(world, { url: proxy.url, name: label, ...options });
      const app = await connectOktaApp(world, {
        kind,
        label,
        syncsPasswords: kind === 'wizard',
        url: access.url,
        token: access.token,
      });
      return { app, access };
    },
    stop: async () => {
      await world.stop();
      await proxy.stop();
    },
  };
}
