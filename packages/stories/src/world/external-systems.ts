import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startHris, type Hris } from './hris.ts';

/** Systems of the tenants besides those of the stack, with the credentials that keycourier uses for them. */
export interface ExternalSystems {
  hris: Hris;
  hrisTokenFile: string;
  /** The id of a service app; the story registers its public key. */
  clientId: string;
  privateKeyFile: string;
  publicKey: unknown;
  /** The port of a provider that accepts connections and never responds. */
  hangingPort: number;
  stop: () => Promise<void>;
}

export async function startExternalSystems(): Promise<ExternalSystems> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-systems-'));
  const hris = await startHris();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const [hrisTokenFile, privateKeyFile] = [join(folder, 'hris-token'), join(folder, 'service-app.pem')];
  await writeFile(hrisTokenFile, hris.token, { mode: 0o600 });
  await writeFile(privateKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const hanging = createServer((socket) => void socket.on('error', () => undefined)).unref();
  hanging.listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const address = hanging.address();
  return {
    hris,
    hrisTokenFile,
    clientId: `0oa${randomUUID().replaceAll('-', '').slice(0, 17)}`,
    privateKeyFile,
    publicKey: { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' },
    hangingPort: typeof address === 'object' && address !== null ? address.port : 0,
    stop: async () => {
      hanging.close();
      await hris.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
