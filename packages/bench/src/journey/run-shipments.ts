import { percentile } from '../measure/statistics.ts';
import type { Stack } from '../stack/stack.ts';
import { mailOf } from '../stand-ins/people.ts';
import { readCommits } from './counters.ts';
import { cpuEach, cpuOf, type Cpu } from './usage.ts';

export interface JourneyFigures {
  shipments: number;
  perSecond: number;
  cpu: Cpu;
  /** Transactions that wrote something, of any process, for each shipment. */
  commits: number;
  /** From the answer to an event's delivery until the server accepts the PIN mail. */
  latencyMs: { p50: number; p95: number };
}

const perDelivery = 20;

/** Asks for keys all at once, by events, and waits for the last PIN mail. */
export async function runShipments(
  stack: Stack,
  workers: readonly { pid: number }[],
  { round, shipments }: { round: string; shipments: number },
): Promise<JourneyFigures> {
  const users = Array.from({ length: shipments }, (_, index) => `00u${round}x${index}`);
  const committed = await readCommits(stack.databaseUrl);
  const before = await cpuOf(stack, workers);
  const startedAt = performance.timeOrigin + performance.now();
  const [answered, mails] = await Promise.all([stack.deliver(users, { perDelivery }), stack.mails(shipments, 200_000)]);
  const after = await cpuOf(stack, workers);
  const lastAt = Math.max(...mails.map(([, at]) => at));
  const took = latencies(users, answered, mails);
  return {
    shipments,
    perSecond: shipments / ((lastAt - startedAt) / 1_000),
    cpu: cpuEach(before, after, shipments),
    commits: ((await readCommits(stack.databaseUrl)) - committed) / shipments,
    latencyMs: { p50: percentile(took, 0.5), p95: percentile(took, 0.95) },
  };
}

function latencies(
  users: readonly string[],
  answered: readonly (readonly [string, number])[],
  mails: readonly (readonly [string, number])[],
): number[] {
  const mailedAt = new Map(mails);
  return users.map((user, index) => {
    const [, answeredAt] = answered[Math.floor(index / perDelivery)] ?? ['', Number.NaN];
    return (mailedAt.get(mailOf(user)) ?? Number.NaN) - answeredAt;
  });
}

/** One event at a time on an idle stack. @returns how long each took until its mail was accepted */
export async function runAlone(
  stack: Stack,
  { round, shipments }: { round: string; shipments: number },
): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < shipments; index += 1) {
    const [[[, answeredAt] = ['', Number.NaN]], [[, mailedAt] = ['', Number.NaN]]] = await Promise.all([
      stack.deliver([`00u${round}x${index}`]),
      stack.mails(1),
    ]);
    took.push(mailedAt - answeredAt);
  }
  return took;
}
