import { readFile } from 'node:fs/promises';

import { TestClient } from '@keycourier/console/testing/test-client';
import { untilServed } from '@keycourier/local/clients/call';
import { z } from 'zod';

import type { World } from './world.ts';

/** Of one kind, such as the pages of a shipment, more are not opened. */
const perKind = 3;
const maxPages = 250;

const queueJobs = z.object({ queues: z.array(z.object({ name: z.string() })) });

/** What the console shows an admin, as text. */
export interface ConsoleViews {
  /** Every page that a link leads to, and those that are named first. */
  pages: string;
  export: string;
  board: string;
  /** The changes while `during` ran. */
  live: string;
  /** Of the console's process. */
  environment: string;
}

/** Starts the console, keeps a live stream open while `during` runs, then reads everything that it has. */
export async function readConsole(world: World, during: () => Promise<readonly string[]>): Promise<ConsoleViews> {
  const { pid, url, stop } = await world.stack.restart('console');
  const client = new TestClient(url);
  const { operator } = world.stack.local;
  await untilServed('the sign-in', () => client.signIn(operator));
  await untilServed('the step-up', () => client.submit('/step-up', '/step-up', { password: operator.password }));
  const live = await openLive(client);
  const first = await during();
  const views = {
    pages: await crawl(client, first),
    export: await (
      await untilServed('the export', () =>
        client.submit('/t/acme/shipments/export', '/t/acme/shipments/export', { reason: 'A look for PINs' }),
      )
    ).text(),
    board: await readBoard(client),
    live: live(),
    environment: await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
  };
  await stop();
  return views;
}

async function openLive(client: TestClient): Promise<() => string> {
  const response = await untilServed('the live stream', () =>
    client.request('/t/acme/live', { headers: { accept: 'text/event-stream' } }),
  );
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  // It ends with the console.
  void read().catch(() => undefined);
  return () => text;
}

async function crawl(client: TestClient, first: readonly string[]): Promise<string> {
  const [waiting, seen, kinds] = [[...first, '/t/acme', '/sessions'], new Set<string>(), new Map<string, number>()];
  let text = '';
  for (let path = waiting.shift(); path !== undefined && seen.size < maxPages; path = waiting.shift()) {
    const kind = path.replaceAll(/[a-z]+_[0-9a-z]{26}/g, '').replaceAll(/=[^&]*/g, '');
    const count = kinds.get(kind) ?? 0;
    if (seen.has(path) || (count >= perKind && !first.includes(path))) continue;
    seen.add(path);
    kinds.set(kind, count + 1);
    const html = await (await untilServed(path, () => client.request(path))).text();
    text += `${path}\n${html}\n`;
    const links = [...html.matchAll(/href="(\/(?:t\/acme|sessions)[^"#]*)/g)];
    waiting.push(...links.map(([, link = '']) => link.replaceAll('&amp;', '&')));
  }
  return text;
}

/** The jobs of all queues, as Bull Board's script reads them. */
async function readBoard(client: TestClient): Promise<string> {
  const read = async (query: string): Promise<string> =>
    (await untilServed('the board', () => client.request(`/queues/api/queues?jobsPerPage=100${query}`))).text();
  const { queues } = queueJobs.parse(JSON.parse(await read('')));
  let text = '';
  for (const { name } of queues)
    for (const status of ['latest', 'completed', 'failed', 'delayed'])
      text += await read(`&activeQueue=${name}&status=${status}`);
  return text;
}
