import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { httpFaults } from '../testing/http-faults.ts';
import { json, serve, text, type TestServer } from '../testing/http-server.ts';
import { orderOf } from '../testing/orders.ts';
import { providerError, providerOn } from '../testing/provider-answers.ts';

let server: TestServer;
let provider: FulfillmentPort;
beforeAll(async () => {
  server = await serve();
  provider = providerOn(server);
});
afterAll(() => server.close());

const { profile } = orderOf({ pinRequestJwe: 'pin.jwe', credRequestJwe: 'cred.jwe' });
const details = [{ description: 'secret-value' }];

describe('validateAddress', () => {
  test('sends the six fields of the address', async () => {
    server.respond(json(200, { status: 'deliverable', details: [] }));
    await provider.validateAddress('acme', profile);
    expect(server.seen).toMatchObject([{ method: 'POST', path: '/v1/validate-address' }]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      street_line1: '1 Market Street',
      street_line2: '',
      city: 'San Francisco',
      region: 'CA',
      postal_code: '94105',
      country_code_2: 'US',
    });
  });

  test.each([
    [200, { status: 'deliverable', details }, 'deliverable'],
    [200, { status: 'undeliverable', details }, 'undeliverable'],
    [400, { status: 'undeliverable', details, ...providerError }, 'undeliverable'],
    [200, { status: 'Undeliverable' }, 'undeliverable'],
    [200, { status: 'in_review' }, 'unknown'],
    [403, providerError, 'unknown'],
    [404, providerError, 'unknown'],
    [405, {}, 'unknown'],
  ])('%i %j is %s', async (status, body, opinion) => {
    server.respond(json(status, body));
    await expect(provider.validateAddress('acme', profile)).resolves.toBe(opinion);
    expect(server.seen).toHaveLength(1);
  });

  test("a gateway's 404 means the same", async () => {
    server.respond(text(404, '<html>no route'));
    await expect(provider.validateAddress('acme', profile)).resolves.toBe('unknown');
  });

  const cases = httpFaults(providerError).filter(({ status }) => status !== 403 && status !== 404);
  test.each(cases)('$title: $fault', async ({ respond, fault, status, retryAfterMs, timeoutMs }) => {
    server.respond(respond);
    const port = providerOn(server, { timeoutMs });
    const thrown = await faultOf(port.validateAddress('acme', profile));
    expect(thrown).toMatchObject({ service: 'fulfillment', fault, status, retryAfterMs });
    expect(everythingIn(thrown)).not.toContain('secret-value');
    expect(everythingIn(thrown)).not.toContain('Market Street');
  });

  test('an unanswered call is retried', async () => {
    server.respond(json(503, providerError));
    await faultOf(provider.validateAddress('acme', profile));
    expect(server.seen).toHaveLength(3);
  });
});
