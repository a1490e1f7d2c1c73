import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openHris, type Hris } from './hris.ts';

/** What the companies of the stories have besides the stack's services, and what they gave keycourier for it. */
export interface Clients {
  hris: Hris;
  hrisTokenFile: string;
  /** Of a service app; its public key is registered by the story. */
  clientId: string;
  privateKeyFile: string;
  publicKey: unknown;
  /** A provider that takes every connection and never says a word. */
  silentPort: number;
  end: () => Promise<void>;
}

export async function createConnectors(): Promise<Clients> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-outside-'));
  const hris = await openHris();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const [hrisTokenFile, privateKeyFile] = [join(folder, 'hris-token'), join(folder, 'service-app.pem')];
  await writeFile(hrisTokenFile, hris.token, { mode: 0o600 });
  await writeFile(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const silence = createServer((socket) => void socket.on('error', () => undefined)).unref();
  silence.listen(0, '127.0.0.1');
  await once(silence, 'listening');
  const address = silence.address();
  return {
    hris,
    hrisTokenFile,
    clientId: `0oa${randomUUID().replaceAll('-', '').slice(0, 17)}`,
    privateKeyFile,
    publicKey: { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' },
    silentPort: typeof address === 'object' && address !== null ? address.port : 0,
    end: async () => {
      silence.close();
      await hris.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
