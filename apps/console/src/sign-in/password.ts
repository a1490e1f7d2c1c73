import { randomBytes, scrypt, timingSafeEqual, type BinaryLike, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** One of OWASP's equal choices for scrypt: 32 MiB a sign-in, rather than 128 MiB at once. */
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

/** Whether the text is a hash that `verifyPassword` can use: well formed, and of a cost within reason. */
export const isPasswordHash = (text: string): boolean => parse(text) !== null;

/** Takes the same time for a right password and a wrong one. A malformed hash matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parse(hash);
  if (parsed === null) return false;
  const key = await derive(normalise(password), parsed.salt, parsed.key.length, withMemory(parsed.cost));
  return timingSafeEqual(key, parsed.key);
}

function parse(hash: string): ParsedHash | null {
  const [, N, r, p, salt, key] = format.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return null;
  const given = { N: Number(N), r: Number(r), p: Number(p) };
  const isPowerOfTwo = Number.isInteger(Math.log2(given.N));
  if (!isPowerOfTwo || given.N < 2 ** 14 || given.N > 2 ** 20 || given.r < 8 || given.p < 1) return null;
  return { cost: given, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}

/** The same characters typed on another keyboard are the same password. */
const normalise = (password: string): string => password.normalize('NFKC');

const withMemory = (given: ParsedHash['cost']): ScryptOptions => ({ ...given, maxmem: 256 * given.N * given.r });
