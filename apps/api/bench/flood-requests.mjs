/** What tenants send in flood.mjs, and what a flood consists of. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

export const hookSecretOf = (tenant) => `hook-secret-of-${tenant}-0123456789`;

/** @returns the status, or 0 where the connection broke */
export function ask(agent, [url, { method = 'GET', headers = {}, body }]) {
  return new Promise((resolve) => {
    const sent = request(url, { agent, method, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', () => resolve(0)).end(body);
  });
}

const login = (tenant) => `${randomUUID()}@${tenant}.example`;
const event = () => ({
  uuid: randomUUID(),
  published: new Date().toISOString(),
  eventType: 'group.user_membership.add',
});
const fileOf = (tenant, rows) => `login\n${Array.from({ length: rows }, () => login(tenant)).join('\n')}\n`;

/** The requests of one tenant, which uses its keys one after the other. */
export function requestsOf({ api, receiver, tenant, keys }) {
  let sent = 0;
  const call = (path, { body, type = 'application/json', key = keys[sent++ % keys.length] } = {}) => [
    api + path,
    {
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { method: 'POST', body }),
    },
  ];
  return {
    read: (limit) => call(`/v1/shipments?limit=${limit}`),
    single: (query = '') => call(`/v1/shipments${query}`, { body: JSON.stringify({ login: login(tenant) }) }),
    file: (body, query = '') => call(`/v1/batches${query}`, { body, type: 'text/csv' }),
    wrongKey: () => call('/v1/shipments', { key: `kc_${randomUUID()}` }),
    delivery: (events, secret = hookSecretOf(tenant)) => [
      `${receiver}/okta/hooks/${tenant}`,
      {
        method: 'POST',
        headers: { authorization: secret, 'content-type': 'application/json' },
        body: JSON.stringify({ eventId: randomUUID(), data: { events: Array.from({ length: events }, event) } }),
      },
    ],
  };
}

/** A body that never ends, until the flood does. */
async function slowUpload(agent, [url, options]) {
  const sent = request(url, { method: 'POST', headers: options.headers, agent }, (answer) => answer.resume());
  sent.on('error', () => undefined);
  sent.write('login\n');
  await setTimeout(500);
  sent.destroy();
  return 0;
}

/** Files are made before the flood: making them takes as long as reading them. */
function files(tenant, { count, rows }) {
  const made = Array.from({ length: count }, () => fileOf(tenant, rows));
  let next = 0;
  return () => made[next++ % made.length];
}

const withFiles = (query) => (from) => {
  const next = files(from.tenant, { count: 60, rows: 2_000 });
  const { file } = requestsOf(from);
  return (agent) => ask(agent, file(next(), query));
};

function withOne(make) {
  return (from) => {
    const requests = requestsOf(from);
    return (agent) => ask(agent, make(requests));
  };
}

/** By name: how many connections flood at once, with how many keys of the tenant, and what each sends after every answer. */
export const floods = {
  'single requests': { clients: 60, prepare: withOne((one) => one.single()) },
  'single requests, ten keys': { clients: 60, keys: 10, prepare: withOne((one) => one.single()) },
  'dry runs, one by one': { clients: 60, prepare: withOne((one) => one.single('?dryRun=true')) },
  'status reads': { clients: 60, prepare: withOne((one) => one.read(100)) },
  'batches of 2,000 rows': { clients: 12, prepare: withFiles('') },
  'dry runs of 2,000 rows': { clients: 12, prepare: withFiles('?dryRun=true') },
  'slow uploads': { clients: 60, prepare: (from) => (agent) => slowUpload(agent, requestsOf(from).file('')) },
  'wrong API keys': { clients: 60, prepare: withOne((one) => one.wrongKey()) },
  'deliveries of 100 events': { clients: 20, prepare: withOne((one) => one.delivery(100)) },
  'wrong hook secrets': { clients: 60, prepare: withOne((one) => one.delivery(1, 'wrong')) },
};
