import { randomBytes, scrypt, timingSafeEqual, type BinaryLike, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** One of OWASP's equivalent settings for scrypt: 32 MiB per sign-in instead of 128 MiB. */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const keyBytes = 32;

const format = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,128})\$([\w-]{32,128})$/;

interface ParsedHash {
  cost: { N: number; r: number; p: number };
  salt: Buffer;
  key: Buffer;
}

/** The hash of a password for the operators' file: `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(normalise(password), salt, keyBytes, withMemory(cost));
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether `verifyPassword` accepts the hash: well formed, and of a reasonable cost. */
export const isPasswordHash = (text: string): boolean => parse(text) !== null;

/** Takes the same time for a correct and a wrong password. A malformed hash matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parse(hash);
  if (parsed === null) return false;
  const key = await derive(normalise(password), parsed.salt, parsed.key.length, withMemory(parsed.cost));
  return timingSafeEqual(key, parsed.key);
}

function parse(hash: string): ParsedHash | null {
  const [, N, r, p, salt, key] = format.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return null;
  const parsedCost = { N: Number(N), r: Number(r), p: Number(p) };
  const isPowerOfTwo = Number.isInteger(Math.log2(parsedCost.N));
  if (!isPowerOfTwo || parsedCost.N < 2 ** 14 || parsedCost.N > 2 ** 20 || parsedCost.r < 8 || parsedCost.p < 1)
    return null;
  return { cost: parsedCost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}

/** A password typed on another keyboard may be composed of other code points. */
const normalise = (password: string): string => password.normalize('NFKC');

const withMemory = (chosen: ParsedHash['cost']): ScryptOptions => ({
  ...chosen,
  maxmem: 256 * chosen.N * chosen.r,
});
