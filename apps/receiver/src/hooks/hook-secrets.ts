import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Whether what came in `Authorization` is one of a tenant's hook secrets. */
export type CheckHookSecret = (tenant: string, given: string | undefined) => boolean;

/** As many as a tenant may have while it rotates them. */
const secretsPerTenant = 2;

/**
 * Compares in constant time, and does the same work for a tenant with one secret, with two, and for one that does not
 * exist: every answer costs one hash and two comparisons of 32 bytes.
 */
export function createHookSecretCheck(secrets: Readonly<Record<string, readonly string[]>>): CheckHookSecret {
  const digestsOf = new Map(Object.entries(secrets).map(([tenant, given]) => [tenant, digestsFor(given)]));
  const digestsOfNobody = digestsFor([]);
  return (tenant, given) => {
    // Node reads header bytes as Latin-1; this gives back the bytes that were sent.
    const presented = sha256(Buffer.from(given ?? '', 'latin1'));
    const matches = (digestsOf.get(tenant) ?? digestsOfNobody).map((digest) => timingSafeEqual(digest, presented));
    return matches.includes(true);
  };
}

/** Always two: a missing one is made up for with bytes that nobody knows. */
function digestsFor(secrets: readonly string[]): readonly Buffer[] {
  const digests = secrets.map((secret) => sha256(Buffer.from(secret, 'utf8')));
  return [...digests, randomBytes(32), randomBytes(32)].slice(0, Math.max(secretsPerTenant, digests.length));
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
