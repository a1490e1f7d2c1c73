import { freePort } from '@keycourier/runtime/testing/free-port';

import { BenchError } from '../errors.ts';
import { floodResult, type FloodResult } from '../load/requests.ts';
import { startModule, type RunningModule } from '../measure/module.ts';
import { alternate } from '../measure/rounds.ts';
import { startApp } from '../stack/apps.ts';
import { hookSecret, noServices, tenant, writeConfig, writeFiles } from '../stack/files.ts';
import { createLedger } from '../stack/ledger.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { hasRedis, startPostgres, startRedis } from '../stack/stores.ts';
import { installPeer, nodeFor } from './install.ts';
import type { Peer } from './peer.ts';

export interface PeerRounds {
  peer: readonly FloodResult[];
  receiver: readonly FloodResult[];
}

/** Floods a peer and the receiver in alternating rounds, both on the same Postgres server where the peer uses one. */
export async function measurePeer(
  dir: string,
  cleanUps: CleanUps,
  { peer, rounds, seconds }: { peer: Peer; rounds: number; seconds: number },
): Promise<PeerRounds> {
  const folder = await installPeer(peer);
  const node = await nodeFor(peer);
  const postgres = await startPostgres(`${dir}/postgres`);
  cleanUps.add(postgres.stop);
  const redis = hasRedis ? await startRedis(dir) : null;
  cleanUps.add(async () => redis?.stop());
  const files = await writeFiles(dir);
  await writeConfig(files, noServices);
  const { databaseUrl } = await createLedger(postgres, 'keycourier', files);
  const receiver = await startApp('receiver', { files, databaseUrl });
  const load = await startModule(new URL('../load/load.js', import.meta.url), { logFile: files.log('load') });
  cleanUps.add(() => Promise.all([receiver.stop(), load.stop()]));
  const url = await peer.start({
    folder,
    dir,
    node,
    port: freePort,
    postgres: async (name) => {
      await postgres.createDatabase(name);
      return new URL(postgres.url(name));
    },
    redisPort: redis === null ? null : Number(new URL(redis.url).port),
    cleanUps,
  });
  const measures = {
    peer: () => flood(load, url, seconds),
    receiver: () => flood(load, `${receiver.url}/okta/hooks/${tenant}`, seconds),
  };
  // Until the code of both is compiled.
  for (const [name, one] of Object.entries(measures))
    if ((await one()).answered === 0) throw new BenchError(`${name} answers no delivery with 2xx`);
  const found = await alternate<'peer' | 'receiver', FloodResult>(rounds, measures);
  return { peer: found.get('peer') ?? [], receiver: found.get('receiver') ?? [] };
}

const flood = (load: RunningModule, url: string, seconds: number): Promise<FloodResult> =>
  load.ask({ kind: 'flood', url, authorization: hookSecret, connections: 50, seconds, events: 1 }, floodResult);
