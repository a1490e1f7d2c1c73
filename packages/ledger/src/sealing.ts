import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

import { z } from 'zod';

import { LedgerError } from './errors.ts';

const keyName = /^[a-z0-9-]{1,32}$/;

const key256 = z.base64().transform((text, issues) => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32) issues.addIssue('a key is 32 bytes in base64');
  return bytes;
});

/**
 * The keys that seal columns. `active` names the one that new values are sealed with; the others unseal older values
 * while keys are rotated. `indexKey` makes blind indexes and never changes, or lookups by login would find nothing.
 */
export const keyringSchema = z
  .strictObject({
    active: z.string().regex(keyName),
    keys: z.record(z.string().regex(keyName), key256),
    indexKey: key256,
  })
  .refine(({ active, keys }) => Object.hasOwn(keys, active), { error: 'the active key is not among the keys' });

export type Keyring = z.output<typeof keyringSchema>;

export interface Sealing {
  /** The name of the key that seals; a sealed value begins with it and a dot. */
  activeKey: string;
  /** The names of all keys that unseal. */
  keys: readonly string[];
  /** For a thread of this process that seals too. */
  sealingKeys: SealingKeys;
  /** `context` (table, column, row) is bound to the value: a sealed value copied elsewhere cannot be unsealed. */
  seal: (plain: string | Uint8Array, context: string) => string;
  /** @throws LedgerError `cannot_unseal` when the key is unknown, the value was tampered with, or its context is another. */
  unseal: (sealed: string, context: string) => string;
  /** The same of a value that is no text. */
  unsealBytes: (sealed: string, context: string) => Buffer;
  /** A keyed hash, the same for the same text: lookups by login without storing the login. */
  blindIndex: (text: string) => string;
  /** A keyed hash of the beginning of a name, 8 bytes long: its key is derived for it, so that it says nothing about logins. */
  nameToken: (text: string) => Buffer;
  /** The keyed hash of audit entries, under a key that is derived from the index key: no other text is ever hashed with it. */
  auditHash: (text: string) => Buffer;
}

/** The id of the key in a keyring that the local stack makes for itself. */
export const localKeyId = 'local';

/** A new keyring with one fresh key, as text for a file that only its owner may read. */
export function generateKeyring(id = 'k1'): string {
  const fresh = (): string => randomBytes(32).toString('base64');
  return `${JSON.stringify({ active: id, keys: { [id]: fresh() }, indexKey: fresh() }, null, 2)}\n`;
}

/** @throws LedgerError `bad_keyring`, without the text. */
export function parseKeyring(text: string): Keyring {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new LedgerError('bad_keyring', 'The sealing keys are not JSON');
  }
  const parsed = keyringSchema.safeParse(json);
  if (!parsed.success)
    throw new LedgerError('bad_keyring', `The sealing keys are not usable:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const nonceBytes = 12;
/** Nonce and tag. */
const headBytes = nonceBytes + 16;

/** Nonces, each used once: to ask the system for many at a time costs a fraction of asking for each. */
function createNonces(): () => Buffer {
  let [block, used] = [Buffer.alloc(0), 0];
  return () => {
    if (used === block.length) [block, used] = [randomBytes(nonceBytes * 256), 0];
    used += nonceBytes;
    return block.subarray(used - nonceBytes, used);
  };
}

/** Keys that can be used and not read: in a log such a key is its type. Another thread gets a handle of the same. */
export interface SealingKeys {
  active: { name: string; key: KeyObject };
  keys: ReadonlyMap<string, KeyObject>;
  indexKey: KeyObject;
  auditKey: KeyObject;
  nameKey: KeyObject;
}

/** Made once: from bytes, each call would make the key anew. */
function keysOf({ active, keys: bytesOf, indexKey }: Keyring): SealingKeys {
  const keys = new Map(Object.entries(bytesOf).map(([name, bytes]) => [name, createSecretKey(bytes)]));
  const key = keys.get(active);
  if (key === undefined) throw new LedgerError('bad_keyring', 'The active sealing key is missing');
  const derived = (use: string): KeyObject => createSecretKey(Buffer.from(hkdfSync('sha256', indexKey, '', use, 32)));
  return {
    active: { name: active, key },
    keys,
    indexKey: createSecretKey(indexKey),
    auditKey: derived('keycourier audit'),
    nameKey: derived('keycourier names'),
  };
}

export const createSealing = (keyring: Keyring): Sealing => sealingWith(keysOf(keyring));

/** AES-256-GCM with a random 96-bit nonce; sealed text is `<key id>.<base64url of nonce, tag and ciphertext>`. */
export function sealingWith(sealingKeys: SealingKeys): Sealing {
  const { active, keys, indexKey, auditKey, nameKey } = sealingKeys;
  const nextNonce = createNonces();
  return {
    activeKey: active.name,
    keys: [...keys.keys()],
    sealingKeys,
    seal(plain, context) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', active.key, nonce).setAAD(aad(active.name, context));
      const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
      // GCM is a stream: nothing is left for the end.
      cipher.final();
      const sealed = Buffer.allocUnsafe(headBytes + body.length);
      sealed.set(nonce);
      sealed.set(cipher.getAuthTag(), nonceBytes);
      sealed.set(body, headBytes);
      return `${active.name}.${sealed.toString('base64url')}`;
    },
    unseal: (sealed, context) => unsealWith(keys, sealed, context).toString('utf8'),
    unsealBytes: (sealed, context) => unsealWith(keys, sealed, context),
    blindIndex: (text) => createHmac('sha256', indexKey).update(text, 'utf8').digest('base64url'),
    nameToken: (text) => createHmac('sha256', nameKey).update(text, 'utf8').digest().subarray(0, 8),
    auditHash: (text) => createHmac('sha256', auditKey).update(text, 'utf8').digest(),
  };
}

function unsealWith(keys: ReadonlyMap<string, KeyObject>, sealed: string, context: string): Buffer {
  const { key, name, bytes } = parseSealed(keys, sealed, context);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
      .setAAD(aad(name, context))
      .setAuthTag(bytes.subarray(12, 28));
    const plain = decipher.update(bytes.subarray(28));
    // Throws unless the tag is right; only then may anything be made of the plain text.
    decipher.final();
    return plain;
  } catch (cause) {
    throw new LedgerError('cannot_unseal', `A sealed value cannot be unsealed (${context})`, { cause });
  }
}

const sealedText = /^([a-z0-9-]{1,32})\.([\w-]{38,})$/;

/** Errors never show a value that was not sealed, not even a part: it may be a user's name. */
function parseSealed(
  keys: ReadonlyMap<string, KeyObject>,
  sealed: string,
  context: string,
): { key: KeyObject; name: string; bytes: Buffer } {
  const [, name, body] = sealedText.exec(sealed) ?? [];
  if (name === undefined || body === undefined)
    throw new LedgerError('cannot_unseal', `A value is not sealed (${context})`);
  const key = keys.get(name);
  if (key === undefined) throw new LedgerError('cannot_unseal', `There is no sealing key "${name}" (${context})`);
  return { key, name, bytes: Buffer.from(body, 'base64url') };
}

const aad = (keyId: string, context: string): Buffer => Buffer.from(`${keyId}\n${context}`, 'utf8');
