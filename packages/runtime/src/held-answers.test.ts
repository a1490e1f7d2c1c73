import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { createHeldAnswers, type HeldAnswers } from './held-answers.ts';
import { until } from './testing/until.ts';

const limits = { holdMs: 60_000, spreadMs: 0, promptPerMinute: 2, perSubject: 3, inAll: 5 };

let held: HeldAnswers;
/** The requests whose answer waits or was sent, by subject. */
let answered: string[];
const responses: ServerResponse[] = [];

// No connection is closed as idle just when it is used again.
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  const subject = request.url ?? '';
  responses.push(response);
  void held.hold(subject, response).then(() => {
    answered.push(subject);
    response.end();
  });
});

beforeEach(async () => {
  held = createHeldAnswers(limits);
  answered = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  held.close();
  responses.splice(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function urlOf(subject: string): string {
  const address: AddressInfo | string | null = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/${subject}`;
}

const send = (subject: string, count: number, signal?: AbortSignal): Promise<Response>[] =>
  Array.from({ length: count }, () => fetch(urlOf(subject), signal === undefined ? {} : { signal }));

const arrived = (count: number): Promise<number> =>
  until(
    () => responses.length,
    (length) => length === count,
  );

describe('refusals', () => {
  test('are answered at once, then held, and beyond a number answered with the end of the connection', async () => {
    const sent = send('acme', 10);
    await arrived(10);
    await until(
      () => answered.length,
      (length) => length === 7,
    );
    held.close();
    const connections = (await Promise.all(sent)).map(({ headers }) => headers.get('connection'));
    expect(connections.filter((one) => one === 'close')).toHaveLength(5);
    expect(answered).toHaveLength(10);
  });

  test('of one subject leave others their own, until too many are held in all', async () => {
    const sent = [...send('acme', 5), ...send('globex', 5), ...send('initech', 2)];
    await arrived(12);
    // Two of each at once; held are three of one and two of the other, whose last is the sixth.
    await until(
      () => answered.length,
      (length) => length === 7,
    );
    expect(answered.filter((one) => one === '/initech')).toHaveLength(2);
    held.close();
    await Promise.all(sent);
  });

  test('whose clients have gone are held no longer', async () => {
    const gone = new AbortController();
    const first = send('acme', 5, gone.signal);
    await arrived(5);
    await until(
      () => answered.length,
      (length) => length === 2,
    );
    gone.abort();
    await Promise.allSettled(first);
    await until(
      () => answered.length,
      (length) => length === 5,
    );
    const next = send('acme', 3);
    await arrived(8);
    expect(answered).toHaveLength(5);
    held.close();
    await Promise.all(next);
  });

  test('end by themselves, and are counted anew in the next minute only', async () => {
    held = createHeldAnswers({ ...limits, holdMs: 200 });
    await Promise.all(send('acme', 2));
    const startedAtMs = performance.now();
    await Promise.all(send('acme', 1));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(199);
  });

  test('that came together are answered apart', async () => {
    const shares = [1, 0];
    const apart = { ...limits, holdMs: 0, spreadMs: 600_000, promptPerMinute: 0 };
    held = createHeldAnswers(apart, () => shares.shift() ?? 0);
    const first = send('first', 1);
    await arrived(1);
    await Promise.all(send('second', 1));
    expect(answered).toEqual(['/second']);
    held.close();
    await Promise.all(first);
  });

  test('are not held any more once the process stops', async () => {
    held.close();
    await Promise.all(send('acme', 10));
    expect(answered).toHaveLength(10);
  });
});
