import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { insertBatch, newBatchId } from '@keycourier/ledger/batches/batches';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { createMapping } from '@keycourier/ledger/hub/groups';
import { createHubLink } from '@keycourier/ledger/hub/links';
import { listMirrors } from '@keycourier/ledger/hub/list-mirrors';
import { requirePeople } from '@keycourier/ledger/hub/mirrors';
import { requestComparison } from '@keycourier/ledger/hub/require-comparisons';
import { keepCounts } from '@keycourier/ledger/overview/status-counts';
import { aConnection } from '@keycourier/ledger/testing/sample-directory';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { createUploadShares } from '@keycourier/operations/batches/upload-shares';
import { createAccessLog } from '@keycourier/runtime/access-log';
import { createContention } from '@keycourier/runtime/contention';
import { createLogger } from '@keycourier/runtime/logger';

import { createLiveHub } from '../live/live-hub.ts';
import { createCsrfGuard } from '../sign-in/csrf.ts';
import { closeAll, closeAtEnd } from '../testing/close-all.ts';
import { ada, grace, startTestConsole } from '../testing/running-console.ts';
import { addHeldShipment, connectSampleLedger, setEventAside } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';
import { serveTenant } from './serve-tenant.ts';

interface Route {
  method: string;
  path: string;
}

let database: TemporaryDatabase;
let ledger: Ledger;
let routes: readonly Route[];
/** What tenant acme has, by the beginning of its id. */
let ids: readonly string[];
/** Of acme alone. */
let viewer: TestClient;
let admin: TestClient;
/** Of globex alone. */
let stranger: TestClient;

const linus = { user: 'linus', password: 'penguins, all the way' };

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  routes = routesOfTenant();
  const held = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
  await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
  await setEventAside(ledger, 'an-event');
  const { id: connection } = await aConnection(ledger, { name: 'Okta' });
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] });
  const batch = newBatchId();
  await ledger.db.transaction().execute((tx) => insertBatch(ledger, tx, { id: batch, tenant: 'acme', apiKeyId }));
  await createHubLink(ledger, { tenant: 'acme', orgUrl: 'https://acme-hub.okta.com', createdBy: apiKeyId });
  await requirePeople(ledger.db, { tenant: 'acme', userIds: ['00u1'], priority: 1 });
  const [mirror] = await listMirrors(ledger, { tenant: 'acme', after: null, limit: 1 });
  const group = await createMapping(ledger, { tenant: 'acme', groupId: '00g1', target: 'new', createdBy: apiKeyId });
  const run = await requestComparison(ledger.db, {
    tenant: 'acme',
    kind: 'people',
    isDryRun: false,
    requestedBy: apiKeyId,
  });
  ids = [held, batch, connection, mirror?.id ?? '', group?.id ?? '', run.id];
  const operators = [
    { ...ada, role: 'admin' as const, tenants: ['acme'] },
    { ...grace, role: 'viewer' as const, tenants: ['acme'] },
    { ...linus, role: 'admin' as const, tenants: ['globex'] },
  ];
  const { url } = await startTestConsole({ databaseUrl: database.url, operators });
  [admin, viewer, stranger] = [new TestClient(url), new TestClient(url), new TestClient(url)];
  await admin.signIn(ada);
  await viewer.signIn(grace);
  await stranger.signIn(linus);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

/** From Express' own table, so that a route that is added is one of them. */
function routesOfTenant(): Route[] {
  const logger = createLogger({ name: 'test', level: 'silent' });
  const onError = (): void => undefined;
  const live = createLiveHub(ledger.db, { onError, openSessions: () => Promise.resolve(new Set()) });
  const accessLog = createAccessLog(logger);
  closeAtEnd(async () => {
    live.close();
    accessLog.close();
  });
  const router = serveTenant({
    ledger,
    tenants: new Map(),
    console: {},
    mode: 'local',
    statusCounts: keepCounts(() => Promise.resolve({}), { onError }),
    batchCounts: keepCounts(() => Promise.resolve({}), { onError }),
    batchUploads: {
      ledger,
      shares: createUploadShares({ uploadsPerTenant: 1, maxMebibytes: 1 }),
      contention: createContention(),
    },
    live,
    accessLog,
    guard: createCsrfGuard({ secret: 'a secret that is only for tests, and long', secure: false }),
    now: () => new Date(),
    logger,
    scimUrl: 'http://127.0.0.1:0',
  });
  return router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : [...new Set(route.stack.map(({ method }) => method))].map((method) => ({ method, path: route.path })),
  );
}

const idsFor = (path: string): readonly string[] =>
  path.includes(':id') ? ids.filter((id) => /^(mir|hgm|cmp)_/.test(id) === path.startsWith('/hub/')) : [''];

/** With each id of acme's that the path may have, and a value that exists for the rest. */
const addressesOf = ({ path }: Route): string[] =>
  idsFor(path).map((id) =>
    path.replace(':id', id).replace(':action', 'retry').replace(':slug', 'group-add').replace(/:\w+/, 'any'),
  );

/** Fits every form, so that none is refused for the shape of its body. */
const fields = {
  do: 'claim',
  decision: 'accept',
  seen: 'any',
  enabled: 'no',
  reason: 'a reason of the test',
  name: 'a view',
  path: '/shipments',
  query: '',
  time: 'utc',
  back: '/t/globex/held',
};

const ask = (client: TestClient, { method }: Route, address: string, form: string): Promise<Response> =>
  method === 'post' ? client.submit(form, address, fields) : client.request(address);

test('the routes of a tenant are known', () => {
  expect(routes.length).toBeGreaterThan(20);
  expect(routes).toContainEqual({ method: 'post', path: '/shipments/:id/actions/:action' });
});

describe('an operator of another tenant', () => {
  test('gets 404 at every address of this tenant', async () => {
    for (const route of routes)
      for (const address of addressesOf(route)) {
        const answer = await ask(stranger, route, `/t/acme${address}`, '/t/globex/preferences');
        expect([route.method, address, answer.status]).toEqual([route.method, address, 404]);
        await answer.body?.cancel();
      }
  });

  test('finds nothing of this tenant by its ids below their own', async () => {
    for (const route of routes.filter(({ path }) => path.includes(':id')))
      for (const address of addressesOf(route)) {
        const answer = await ask(stranger, route, `/t/globex${address}`, '/t/globex/preferences');
        expect([route.method, address, answer.status]).toEqual([route.method, address, 404]);
      }
  });
});

describe('a viewer', () => {
  /** The pages that links lead to, from the overview on. */
  async function crawl(client: TestClient): Promise<Map<string, string>> {
    const read = new Map<string, string>();
    // The search is a form.
    const waiting = ['/t/acme', '/t/acme/search?q=noor'];
    for (let path = waiting.pop(); path !== undefined && read.size < 200; path = waiting.pop()) {
      if (read.has(path)) continue;
      const answer = await client.request(path);
      const html = await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
      read.set(path, html);
      const links = [...html.matchAll(/<a [^>]*href="(\/[^"#]*)"/g)].map(([, link = '']) =>
        link.replaceAll('&amp;', '&'),
      );
      waiting.push(...links);
    }
    return read;
  }

  test('reads every page that a link leads to, and none has an action', async () => {
    const pages = await crawl(viewer);
    const allowed = new Set(['/sign-out', '/t/acme/preferences']);
    for (const [path, html] of pages) {
      const forms = [...html.matchAll(/<form[^>]*method="post"[^>]*>/g)].map(
        ([form]) => /action="([^"]*)"/.exec(form)?.[1],
      );
      const others = forms.map((action) => action ?? path).filter((action) => !allowed.has(action));
      expect([path, others]).toEqual([path, []]);
      expect([path, /\/actions\/|\/address"|\/export/.exec(html)?.[0]]).toEqual([path, undefined]);
    }
    const isRead = ({ path }: Route): boolean =>
      addressesOf({ method: 'get', path }).some((address) =>
        [...pages.keys()].some((page) => page.split('?')[0] === `/t/acme${address === '/' ? '' : address}`),
      );
    const unread = await viewersRoutes();
    expect(unread.filter((route) => !isRead(route)).map(({ path }) => path)).toEqual(['/live']);
  });

  test('is refused every form and every page of the other roles', async () => {
    for (const route of routes.filter(({ method }) => method === 'post'))
      for (const address of addressesOf(route)) {
        if (address === '/preferences') continue;
        const answer = await ask(viewer, route, `/t/acme${address}`, '/t/acme/preferences');
        expect([address, answer.status]).toEqual([address, 403]);
      }
  });

  /** The routes that answer a viewer with a page: the others are of higher roles. */
  async function viewersRoutes(): Promise<Route[]> {
    const readable: Route[] = [];
    for (const route of routes.filter(({ method }) => method === 'get'))
      for (const address of addressesOf(route)) {
        const answer = await viewer.request(`/t/acme${address}`);
        if (answer.status === 200) readable.push(route);
        await answer.body?.cancel();
      }
    return [...new Set(readable)];
  }

  test('while an admin has actions at the same addresses', async () => {
    const html = await (await admin.request(`/t/acme/shipments/${ids[0] ?? ''}`)).text();
    expect(html).toContain('/actions/');
  });
});
