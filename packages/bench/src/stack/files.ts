import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generatePinCopyKey, publicHalf, writePinCopyKeys } from '@keycourier/config/key-files/pin-copy-keys';
import { generateKeyring } from '@keycourier/ledger/sealing';

import { product } from '../stand-ins/people.ts';

export const tenant = 'bench';
export const hookSecret = 'a-hook-secret-of-the-bench-0123456789';
const serviceToken = 'a-token-of-the-bench-0123456789-0123456789';

/** The files that the apps read: their keys, and the secrets of the tenant, each in a file of its own as in production. */
export interface Files {
  dir: string;
  sealing: string;
  sealingText: string;
  pinCopy: string;
  pinCopyPublicKey: ReturnType<typeof publicHalf>;
  config: string;
  log: (app: string) => string;
}

export async function writeFiles(dir: string): Promise<Files> {
  await mkdir(join(dir, 'logs'), { recursive: true });
  const at = (name: string): string => join(dir, name);
  const sealingText = generateKeyring();
  const pinCopyKey = await generatePinCopyKey('bench-pin-copy');
  const write = (name: string, text: string): Promise<void> => writeFile(at(name), text, { mode: 0o600 });
  await write('sealing.json', sealingText);
  await write('pin-copy.json', writePinCopyKeys([pinCopyKey]));
  await write('hook-secret', hookSecret);
  await write('service-token', serviceToken);
  return {
    dir,
    sealing: at('sealing.json'),
    sealingText,
    pinCopy: at('pin-copy.json'),
    pinCopyPublicKey: publicHalf(pinCopyKey),
    config: at('keycourier.yaml'),
    log: (app) => join(dir, 'logs', `${app}.log`),
  };
}

export interface Services {
  okta: string;
  provider: string;
  smtp: string;
}

/** Where nothing is called: for receiver and API alone. */
export const noServices: Services = {
  okta: 'http://127.0.0.1:9',
  provider: 'http://127.0.0.1:9',
  smtp: 'smtp://127.0.0.1:9',
};

/** Orders are polled at once: the provider's time is not ours. JSON is YAML. */
export async function writeConfig(
  { config, dir }: Files,
  services: Services,
  { maxRequestsInFlight = 32 }: { maxRequestsInFlight?: number } = {},
): Promise<void> {
  const token = { file: join(dir, 'service-token') };
  const settings = {
    okta: { orgUrl: services.okta, auth: { token }, rpId: 'bench.example' },
    hook: { secrets: [{ file: join(dir, 'hook-secret') }] },
    catchUp: { enabled: false },
    fulfillment: { apiUrl: `${services.provider}/v1`, keysUrl: services.provider, token, pinCopy: true },
    products: [product],
    pin: { recipient: 'auto', channel: 'smtp', release: 'on_activation' },
    mail: { from: 'security keys <keys@bench.example>', smtp: services.smtp },
    polling: { firstAfter: '0ms', every: '1h' },
    maxRequestsInFlight,
  };
  await writeFile(config, JSON.stringify({ tenants: { [tenant]: settings } }), { mode: 0o600 });
}
