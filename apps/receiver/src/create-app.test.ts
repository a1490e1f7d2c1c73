import { connect } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

import { envelope, groupAdd } from './testing/deliveries.ts';
import { globexSecret, nextSecret, runReceiver, secret, type RunningReceiver } from './testing/running-receiver.ts';

let receiver: RunningReceiver;
beforeAll(async () => {
  receiver = await runReceiver();
});
afterAll(() => receiver.stop());
afterEach(async () => {
  await sql`truncate inbound_events, outbox`.execute(receiver.ledger.db);
});

class RawAnswerError extends Error {}

const requestId = /[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}/g;

/** The whole answer as bytes, without the date and with each request's id replaced. */
async function rawAnswer(request: string): Promise<string> {
  const { hostname, port } = new URL(receiver.url);
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), hostname, () => socket.write(request));
  socket.setTimeout(240_000, () => socket.destroy(new RawAnswerError('no answer in four minutes')));
  for await (const chunk of socket) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('latin1')
    .replace(/^date: .*\r\n/im, '')
    .replace(requestId, 'id');
}

const rawDelivery = (tenant: string, authorization: string | null): string =>
  `POST /okta/hooks/${tenant} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n${authorization === null ? '' : `authorization: ${authorization}\r\n`}content-length: 2\r\n\r\n{}`;

describe('the verification of a hook', () => {
  test.each(['acme', 'unknown', 'a%20b', '..%2f'])('of %s returns the challenge without a secret', async (tenant) => {
    const answer = await fetch(`${receiver.url}/okta/hooks/${tenant}`, {
      headers: { 'x-okta-verification-challenge': 'abc-123' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ verification: 'abc-123' });
  });

  test('without a challenge is a problem of status 400', async () => {
    const answer = await fetch(`${receiver.url}/okta/hooks/acme`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 400, title: 'Bad Request' });
  });
});

describe('the secret', () => {
  test.each([secret, nextSecret])('may be either of the two while it is rotated', async (current) => {
    expect((await receiver.deliver(envelope([]), { secret: current })).status).toBe(204);
  });

  test('is refused with the same bytes, for any wrong secret and unknown tenant', async () => {
    const answers = await Promise.all([
      rawAnswer(rawDelivery('acme', `${secret.slice(0, -1)}x`)),
      rawAnswer(rawDelivery('acme', secret.slice(0, -1))),
      rawAnswer(rawDelivery('acme', `${secret}${secret}`)),
      rawAnswer(rawDelivery('acme', null)),
      rawAnswer(rawDelivery('acme', globexSecret)),
      rawAnswer(rawDelivery('unknown', secret)),
      rawAnswer(rawDelivery('unknown', null)),
    ]);
    expect(answers[0]).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/);
    expect(new Set(answers).size).toBe(1);
  });

  test('is checked before the body is read', async () => {
    const answer = await rawAnswer(
      'POST /okta/hooks/acme HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: wrong\r\ncontent-length: 99999999\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect((await receiver.deliver('{', { secret: 'wrong' })).status).toBe(401);
  });
});

describe('another request', () => {
  test.each([
    ['PUT', '/okta/hooks/acme', 405],
    ['DELETE', '/okta/hooks/acme', 405],
    ['OPTIONS', '/okta/hooks/acme', 405],
    ['GET', '/', 404],
    ['GET', '/okta/hooks', 404],
    ['POST', '/okta/hooks/acme/more', 404],
    ['GET', '/metrics', 404],
    ['GET', '/okta/hooks/%zz', 400],
  ])('%s %s is answered %i', async (method, path, status) => {
    const answer = await fetch(receiver.url + path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD, POST' : null);
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  test('reaches the probes', async () => {
    expect((await fetch(`${receiver.url}/healthz`)).status).toBe(200);
    const ready = await until(
      () => fetch(`${receiver.url}/readyz`),
      ({ status }) => status === 200,
    );
    expect(await ready.json()).toEqual({ status: 'ready', failing: [] });
  });
});

test('deliveries and events are counted by outcome', async () => {
  receiver.metrics.resetMetrics();
  await receiver.deliver(envelope([groupAdd('u-1'), groupAdd('u-1'), null]));
  await receiver.deliver('{');
  await receiver.deliver('{}', { tenant: 'unknown' });
  const text = await receiver.metrics.metrics();
  for (const line of [
    'deliveries_total{outcome="recorded",process="receiver"} 1',
    'deliveries_total{outcome="malformed",process="receiver"} 1',
    'deliveries_total{outcome="unauthorized",process="receiver"} 1',
    'events_total{tenant="acme",outcome="recorded",process="receiver"} 2',
    'events_total{tenant="acme",outcome="duplicate",process="receiver"} 1',
    'events_total{tenant="acme",outcome="set_aside",process="receiver"} 1',
  ])
    expect(text).toContain(`keycourier_receiver_${line}`);
  expect(text).not.toContain('unknown');
});

test('an event that is set aside is counted and logged once, however often it is delivered', async () => {
  receiver.metrics.resetMetrics();
  const log = receiver.logged.length;
  for (let time = 0; time < 3; time += 1) await receiver.deliver(envelope([null, { no: 'uuid' }]));
  const text = await receiver.metrics.metrics();
  expect(text).toContain('events_total{tenant="acme",outcome="set_aside",process="receiver"} 2');
  expect(text).toContain('events_total{tenant="acme",outcome="duplicate",process="receiver"} 4');
  expect(receiver.logged.slice(log).filter((line) => line.includes('events set aside'))).toHaveLength(1);
});
