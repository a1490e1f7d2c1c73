import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

import type { Targets } from '../fuzz/targets.ts';
import type { LimitCase } from './limit-case.ts';

export interface Measured {
  status: number;
  text: string;
  /** How long the request took. */
  tookMs: number;
  /** The longest that another request to the same app waited meanwhile, and without it. */
  othersMs: number;
  quietMs: number;
}

/** Sends the request while another client asks for the app's probe, again and again. */
export async function measure({ apps }: Pick<Targets, 'apps'>, one: LimitCase): Promise<Measured> {
  const { url } = apps[one.app];
  const quiet = new AbortController();
  const quietMs = longestWait(url, quiet.signal);
  await setTimeout(150);
  quiet.abort();
  const busy = new AbortController();
  const others = longestWait(url, busy.signal);
  const startedAtMs = performance.now();
  const { status, text } = await ask(new URL(one.path, url), one).finally(() => busy.abort());
  const tookMs = performance.now() - startedAtMs;
  return { status, text, tookMs, othersMs: await others, quietMs: await quietMs };
}

async function longestWait(url: URL, signal: AbortSignal): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const probe = { method: 'GET', headers: {}, body: null, agent } as const;
  let longestMs = 0;
  do {
    const startedAtMs = performance.now();
    await ask(new URL('/healthz', url), probe);
    longestMs = Math.max(longestMs, performance.now() - startedAtMs);
    await setTimeout(2);
  } while (!signal.aborted);
  agent.destroy();
  return longestMs;
}

async function ask(
  url: URL,
  { method, headers, body, agent }: Pick<LimitCase, 'method' | 'headers' | 'body'> & { agent?: Agent },
): Promise<{ status: number; text: string }> {
  // The server keeps it open, and reads the rest of what it refuses: one that is closed while the client still writes takes the
  // answer with it.
  const own = agent ?? new Agent({ keepAlive: true });
  const sending = request(url, { method, headers, agent: own });
  const responded = once(sending, 'response');
  // After the answer to a body that is too large, the rest of it may not be sent any more.
  sending.on('error', () => undefined);
  sending.end(body ?? undefined);
  const [response] = await responded;
  let text = '';
  for await (const chunk of response) text += Buffer.from(chunk).toString('utf8');
  if (agent === undefined) own.destroy();
  return { status: response.statusCode, text };
}
