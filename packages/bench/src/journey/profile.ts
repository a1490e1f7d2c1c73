import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

/** What V8 writes with --cpu-prof. */
const cpuProfile = z.looseObject({
  nodes: z.array(
    z.looseObject({ id: z.int(), callFrame: z.looseObject({ functionName: z.string(), url: z.string() }) }),
  ),
  /** Microseconds of the system's monotonic clock. */
  startTime: z.number(),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});

export interface ProfileRow {
  what: string;
  share: number;
}

/**
 * Where the worker's CPU time is spent since a time of the monotonic clock: by function within Node itself, else by package.
 * Idle time is left out.
 */
export async function readProfile(dir: string, sinceUs: number): Promise<ProfileRow[]> {
  const [file] = (await readdir(dir)).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) return [];
  const { nodes, startTime, samples, timeDeltas } = cpuProfile.parse(
    JSON.parse(await readFile(join(dir, file), 'utf8')),
  );
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const times = new Map<string, number>();
  let atUs = startTime;
  for (const [index, sample] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0;
    if (atUs < sinceUs) continue;
    const owner = owners.get(sample) ?? 'unknown';
    times.set(owner, (times.get(owner) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete('idle');
  const all = [...times.values()].reduce((sum, one) => sum + one, 0);
  return [...times]
    .map(([what, time]) => ({ what, share: time / all }))
    .toSorted((one, other) => other.share - one.share);
}

function ownerOf({ functionName, url }: { functionName: string; url: string }): string {
  if (functionName === '(idle)') return 'idle';
  if (url === '' || url.startsWith('node:')) return `Node: ${functionName || 'anonymous'}`;
  const [, external] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const [, own] = /\/((?:apps|packages)\/[^/]+)\/dist\//.exec(url) ?? [];
  return own ?? external ?? url;
}
