import { callOk } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { queryLedger } from './ledger.ts';
import { StoryError } from './people.ts';
import type { World } from './world.ts';

/** A control of the simulated org, below /sim. */
export const control = (world: World, method: string, path: string, body?: unknown): Promise<unknown> =>
  callOk(method, `${world.stack.simulators.oktaUrlOf('acme')}/sim${path}`, body === undefined ? {} : { body });

/** Hooks and log as they are without any control, and without a fault. */
export async function restoreOrg(world: World): Promise<void> {
  await control(world, 'PUT', '/faults', []);
  await control(world, 'PUT', '/hooks', {
    timeoutMs: 3_000,
    retryDelayMs: 1_000,
    loseRate: 0,
    duplicateRate: 0,
    delayMs: 0,
    reorder: false,
    stopped: false,
  });
  await control(world, 'PUT', '/log', { lateRate: 0, lateMs: 0 });
}

const uses = z.array(
  z.looseObject({ bucket: z.string(), limitPerMinute: z.number(), calls: z.number(), peakPerMinute: z.number() }),
);

/** How the rate limit of the System Log was used, as the org counts it. */
export async function logUse(world: World): Promise<z.infer<typeof uses>[number]> {
  const found = uses.parse(await control(world, 'GET', '/rate-limit')).find(({ bucket }) => bucket === '/api/v1/logs');
  if (found === undefined) throw new StoryError('the System Log has not been read');
  return found;
}

/** Waits until so many polls have ended that began after this call: the first that ends may have begun before. */
export async function untilPolled(world: World, polls: number): Promise<void> {
  const polledAt = async (): Promise<string> => {
    const [row] = await queryLedger(world, "select polled_at::text from catch_up where tenant = 'acme'");
    return String(row?.['polled_at']);
  };
  let last = await polledAt();
  for (let ended = 0; ended <= polls; ended += 1) {
    const before = last;
    last = await waitUntil(
      'the end of a poll of the System Log',
      async () => {
        const now = await polledAt();
        return now === before || now === 'null' || now === 'undefined' ? null : now;
      },
      { everyMs: 100 },
    );
  }
}

const logEvents = z.array(
  z.looseObject({ uuid: z.string(), published: z.string(), target: z.array(z.looseObject({ id: z.string() })) }),
);
const initiations = 'eventType eq "system.mfa.preregister.initiate"';

/** The uuids of all initiations that the log has had since a moment; reading it uses its rate limit. */
export async function loggedInitiations(world: World, since: Date): Promise<string[]> {
  const uuids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const query = new URLSearchParams({
      filter: initiations,
      limit: '1000',
      ...(after === null ? { since: since.toISOString() } : { after }),
    });
    const { events, next } = await readPage(world, query);
    if (events.length === 0) return uuids;
    uuids.push(...events.map(({ uuid }) => uuid));
    after = next;
  }
}

async function readPage(
  world: World,
  query: URLSearchParams,
): Promise<{ events: z.infer<typeof logEvents>; next: string | null }> {
  const token = world.stack.keys.tenantTokens('acme').oktaToken;
  const url = `${world.stack.simulators.oktaUrlOf('acme')}/api/v1/logs?${query.toString()}`;
  const response = await fetch(url, { headers: { authorization: `SSWS ${token}` } });
  if (!response.ok) throw new StoryError(`the System Log answers ${response.status}`);
  const [, link] = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '') ?? [];
  return {
    events: logEvents.parse(await response.json()),
    next: link === undefined ? null : new URL(link).searchParams.get('after'),
  };
}

/** An initiation as the inbox has it. */
export interface InboxEvent {
  uuid: string;
  state: string;
  source: string;
  isDelivered: boolean;
}

const inboxRows = z.array(
  z.object({ uuid: z.string(), state: z.string(), source: z.string(), delivered: z.boolean() }),
);

/** The initiations that were received since a moment, by hook or by catch-up. */
export async function inboxSince(world: World, since: Date): Promise<InboxEvent[]> {
  const rows = await queryLedger(
    world,
    `select uuid, state, source, delivered_at is not null as delivered from inbound_events
     where tenant = 'acme' and event_type = 'system.mfa.preregister.initiate' and received_at >= $1`,
    [since],
  );
  return inboxRows.parse(rows).map(({ delivered, ...event }) => ({ ...event, isDelivered: delivered }));
}
