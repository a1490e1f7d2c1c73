import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger, type Ledger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { createAccessLog } from '@keycourier/runtime/access-log';
import { createContention } from '@keycourier/runtime/contention';
import { createHeldAnswers } from '@keycourier/runtime/held-answers';
import { listen } from '@keycourier/runtime/http-server';
import { createLogger } from '@keycourier/runtime/logger';
import express from 'express';
import { Histogram } from 'prom-client';
import { z } from 'zod';

import { createRefuse, standardProblems } from './answer.ts';
import { json } from './contract.ts';
import type { Caller } from './find-caller.ts';
import type { Route } from './handler.ts';
import { createLimits } from './limits.ts';
import { bodyRoute, noQuery } from './parse-request.ts';
import { serve, type ServeContext } from './serve.ts';

interface Directory {
  domain: string;
}

interface Context extends ServeContext<Directory> {
  groups: Map<string, string>;
}

const problems = { ...standardProblems, group_exists: [409, 'The group exists'] } as const;
const refuse = createRefuse<keyof typeof problems>(problems);
const body = z.strictObject({ group: z.string() });

const createGroup: Route<Context, Caller<Directory>, keyof typeof problems> = {
  method: 'post',
  path: '/groups',
  scope: 'write',
  contract: {
    name: 'createGroup',
    summary: 'Create a group',
    description: '',
    body: { isRequired: true, content: json(body, { group: 'staff' }) },
    answers: { 201: { description: 'The group' } },
    refusals: ['group_exists'],
  },
  handler: bodyRoute({ query: noQuery, body }, async ({ groups }, { tenant }, request) => {
    const { group } = request.body;
    if (groups.has(group)) return refuse('group_exists', 'Choose another name.');
    groups.set(group, tenant.domain);
    return { status: 201, body: { group, domain: tenant.domain } };
  }),
};

let database: TemporaryDatabase;
let ledger: Ledger;
let server: Awaited<ReturnType<typeof listen>>;
beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = connectLedger({
    databaseUrl: database.url,
    sealing: createSealing(parseKeyring(generateKeyring())),
    maxConnections: 2,
    maxRequestsInFlight: () => 1,
  });
  const logger = createLogger({ name: 'test', level: 'silent' });
  const context: Context = {
    ledger,
    tenants: new Map([['acme', { domain: 'acme.example' }]]),
    mode: 'production',
    contention: createContention(),
    held: createHeldAnswers(),
    limits: createLimits(
      { requestsPerMinute: 100, tenantRequestsPerMinute: 100, failuresPerMinute: 100 },
      async () => [],
    ),
    logger,
    accessLog: createAccessLog(logger),
    shares: { run: (_tenant, work) => work(), drain: async () => undefined },
    metrics: {
      seconds: new Histogram({
        name: 'seconds',
        help: 'Duration of requests',
        labelNames: ['method', 'route', 'status'],
        registers: [],
      }),
    },
    groups: new Map(),
  };
  const app = express();
  app.post(createGroup.path, serve(context, createGroup));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  await ledger.close();
  await database.drop();
});

async function post(key: string, content: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${server.url}/groups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(content),
  });
  return { status: answer.status, body: await answer.json() };
}

const keyWith = async (scope: 'read' | 'write'): Promise<string> =>
  (await createApiKey(ledger, { tenant: 'acme', name: 'test', scopes: [scope] })).key;

describe('a route of an app with its own context, tenants and problems', () => {
  test('handles a parsed request for the tenant of the API key, and refuses with a code of the app', async () => {
    const key = await keyWith('write');
    expect(await post(key, { group: 'staff' })).toEqual({
      status: 201,
      body: { group: 'staff', domain: 'acme.example' },
    });
    expect(await post(key, { group: 'staff' })).toMatchObject({
      status: 409,
      body: { type: 'urn:keycourier:problem:group_exists', title: 'The group exists' },
    });
  });

  test('is refused without a key, without its scope, and with an unknown field', async () => {
    expect(await post('kc_unknown', { group: 'x' })).toMatchObject({ status: 401 });
    expect(await post(await keyWith('read'), { group: 'x' })).toMatchObject({ status: 403, body: { scope: 'write' } });
    expect(await post(await keyWith('write'), { group: 'x', colour: 'red' })).toMatchObject({
      status: 400,
      body: { detail: 'Unknown field `colour`. Remove it. Allowed here: `group`.' },
    });
  });
});
