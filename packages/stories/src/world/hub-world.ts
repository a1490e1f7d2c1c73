import okta from '@okta/okta-sdk-nodejs';

import { startOrgProxy, type OrgProxy } from './org-proxy.ts';
import { createWorld, type Backend, type World } from './world.ts';

export const hubName = 'holding-hub';

/** Two spokes of one hub, and a tenant whose keys are in the org of the first. */
export const spokes = ['acme', 'globex'] as const;
export const withoutHub = 'local-keys';

const catchUp = { every: '20s' };

const tenants = [
  ...spokes.map((name) => ({ name, ownOrg: true, hub: hubName, maxRequestsInFlight: 10, catchUp })),
  { name: withoutHub },
];

export type OrgName = (typeof spokes)[number] | typeof hubName;

/** A stack with two spokes and their hub, between which and keycourier all calls are kept. */
export interface HubWorld {
  world: World;
  proxyOf: (org: OrgName) => OrgProxy;
  /** Okta's own client of an org, whose calls are kept too. */
  sdkOf: (org: OrgName) => okta.Client;
  stop: () => Promise<void>;
}

export async function createHubWorld(backend: Backend): Promise<HubWorld> {
  const proxies = new Map<string, OrgProxy>();
  const stopProxies = (): Promise<unknown> => Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  const reachOrg = async (name: string, url: string): Promise<string> => {
    const shared = name === withoutHub ? proxies.get(spokes[0]) : undefined;
    if (shared !== undefined) return shared.url;
    const proxy = await startOrgProxy(url);
    proxies.set(name, proxy);
    return proxy.url;
  };
  const world = await createWorld({ backend, tenants, reachOrg, logLevel: 'trace' }).catch(async (error: unknown) => {
    await stopProxies();
    throw error;
  });
  const proxyOf = (org: OrgName): OrgProxy => {
    const proxy = proxies.get(org);
    if (proxy === undefined) throw new ReferenceError(`there is no org ${org}`);
    return proxy;
  };
  return {
    world,
    proxyOf,
    sdkOf: (org) =>
      new okta.Client({
        orgUrl: proxyOf(org).url,
        token: world.stack.keys.tenantTokens(org).oktaToken,
        cacheMiddleware: null,
        requestExecutor: new okta.DefaultRequestExecutor({ requestTimeout: 10_000, maxRetries: 2 }),
      }),
    stop: async () => {
      await world.stop();
      await stopProxies();
    },
  };
}

/** Users of an org, of every status where nothing else is searched. */
export const listUsers = async ({ userApi }: okta.Client, search = 'status pr'): Promise<okta.User[]> =>
  all(await userApi.listUsers({ search, limit: 200 }));

export async function all<Item>(collection: AsyncIterable<Item | null>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of collection) if (item !== null) items.push(item);
  return items;
}
