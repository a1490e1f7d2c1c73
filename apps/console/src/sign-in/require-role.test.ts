import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listen, type Listening } from '@keycourier/runtime/http-server';
import express from 'express';

import { setOperator, tenantsOf, type Grant, type Operator } from './operator.ts';
import { requireRole, requireRoleInAll } from './require-role.ts';

const grants: Grant[] = [
  { tenant: 'acme', role: 'viewer' },
  { tenant: 'globex', role: 'operator' },
];
const operator: Operator = { user: 'grace', source: 'local', generation: '1', oktaUserId: null, login: null, grants };
let server: Listening;

beforeAll(async () => {
  const app = express();
  app.use((_request, response, next) => {
    setOperator(response, { operator, tenants: tenantsOf(operator, ['acme', 'globex', 'initech']) });
    next();
  });
  app.use('/t/:tenant', requireRole('viewer'));
  app.get('/t/:tenant/held', (_request, response) => void response.send('page'));
  app.post('/t/:tenant/held', requireRole('operator'), (_request, response) => void response.send('done'));
  app.get('/sessions', requireRoleInAll('viewer'), (_request, response) => void response.send('page'));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});

afterAll(() => server.close());

const answerTo = async (method: string, path: string) => {
  const answer = await fetch(server.url + path, { method });
  return { status: answer.status, text: await answer.text() };
};

describe('a route of a tenant', () => {
  test('is served to operators with the role, or one that includes it', async () => {
    expect(await answerTo('GET', '/t/acme/held')).toEqual({ status: 200, text: 'page' });
    expect(await answerTo('POST', '/t/globex/held')).toEqual({ status: 200, text: 'done' });
  });

  test('is refused with the role that is needed', async () => {
    const { status, text } = await answerTo('POST', '/t/acme/held');
    expect([status, text]).toEqual([403, expect.stringContaining('needs the role operator')]);
  });

  test("of another tenant is answered as a tenant's that does not exist", async () => {
    const [another, missing] = [await answerTo('GET', '/t/initech/held'), await answerTo('GET', '/t/nowhere/held')];
    expect([another.status, another.text]).toEqual([404, missing.text]);
    expect((await answerTo('POST', '/t/initech/held')).status).toBe(404);
  });
});

test('what is of no tenant needs the role in all of them', async () => {
  const { status, text } = await answerTo('GET', '/sessions');
  expect([status, text]).toEqual([403, expect.stringContaining('in all tenants')]);
});
