/** Makes the load of a measurement, in a process of its own, as its parent asks. */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';

import { answerRequests } from '../measure/answer-requests.ts';
import { delivery } from './events.ts';
import { loadRequest, type Deliveries, type Flood, type FloodResult } from './requests.ts';

const anyone = (count: number): string[] => Array.from({ length: count }, () => '00uAnyone');

/** A closed loop: each connection sends its next delivery as soon as the last one is answered. */
async function flood({ url, authorization, connections, seconds, events }: Flood): Promise<FloodResult> {
  const cpu = process.cpuUsage();
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    requests: [{ setupRequest: (one) => ({ ...one, body: delivery(anyone(events)) }) }],
  });
  const { user, system } = process.cpuUsage(cpu);
  const answered = result['2xx'];
  return {
    perSecond: answered / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    answered,
    failed: result.non2xx + result.errors + result.timeouts,
    cpuMs: (user + system) / 1_000,
  };
}

/** Sends an event for each user, in deliveries one after the other. @returns when each was answered, by its first user */
async function deliver({ url, authorization, users, perDelivery, everyMs }: Deliveries): Promise<[string, number][]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answered: [string, number][] = [];
  const startedAt = performance.now();
  for (let index = 0; index < users.length; index += perDelivery) {
    const some = users.slice(index, index + perDelivery);
    await post(url, { authorization, agent, body: delivery(some) });
    answered.push([some[0] ?? '', performance.timeOrigin + performance.now()]);
    const dueMs = startedAt + (index / perDelivery + 1) * everyMs - performance.now();
    if (dueMs > 0) await sleep(dueMs);
  }
  agent.destroy();
  return answered;
}

function post(
  url: string,
  { authorization, agent, body }: { authorization: string; agent: Agent; body: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = httpRequest(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () =>
        answer.statusCode === 204 ? resolve() : reject(new RangeError(`a delivery is answered ${answer.statusCode}`)),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

answerRequests(null, async (received) => {
  const request = loadRequest.parse(received);
  return request.kind === 'flood' ? flood(request) : deliver(request);
});
