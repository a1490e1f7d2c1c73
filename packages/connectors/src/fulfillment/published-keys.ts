import { randomInt } from 'node:crypto';

import { ConnectorError } from '@keycourier/journey/ports/errors';
import type { FulfillmentPort, TransportKey } from '@keycourier/journey/ports/fulfillment';

import { keySetSchema, transportKeySchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

const keptMs = 5 * 60_000;

type Key = Readonly<Record<string, unknown>>;
type ReadKeys = (send: SendToProvider, path: string) => Promise<readonly Key[]>;

/** Reads a provider's set of transport keys at most once every five minutes. */
export function createKeyReader(nowMs: () => number): ReadKeys {
  const kept = new Map<string, { keys: readonly Key[]; untilMs: number }>();
  return async (send, path) => {
    const name = `${send.keysUrl()}${path}`;
    const known = kept.get(name);
    if (known !== undefined && nowMs() < known.untilMs) return known.keys;
    const keys = await fetchKeys(send, path);
    if (keys.length > 0) kept.set(name, { keys, untilMs: nowMs() + keptMs });
    return keys;
  };
}

/** One of the provider's transport keys at random, as in Yubico's own flow, with only the members that Okta accepts. */
export async function transportKey(readKeys: ReadKeys, send: SendToProvider): Promise<TransportKey> {
  const all = await readKeys(send, '/.well-known/yubico-transport-keys.jwks');
  const usable = all.flatMap((key) => transportKeySchema.safeParse(key).data ?? []);
  const picked = usable.length === 0 ? undefined : usable[randomInt(usable.length)];
  if (picked === undefined) throw unusable('publishes no transport key that can be used');
  return picked;
}

const unusable = (message: string): ConnectorError =>
  new ConnectorError({ service: 'fulfillment', fault: 'outcome_unknown' }, message);

/**
 * The keys that the provider signs its responses with, unchanged: `x5c` and `alg` included. Never from a cache: a key that
 * was published a moment ago may have signed what is to be verified now.
 */
export async function signingKeys(send: SendToProvider): ReturnType<FulfillmentPort['signingKeys']> {
  return fetchKeys(send, '/.well-known/yubico-sign.jwks');
}

async function fetchKeys(send: SendToProvider, path: string): Promise<readonly Key[]> {
  const { json } = await send.publishedKeys(path);
  return keySetSchema.parse(json).keys;
}
