import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Whether the `Authorization` header is one of the tenant's hook secrets. */
export type CheckHookSecret = (tenant: string, authorization: string | undefined) => boolean;

/** A tenant has two while it rotates them. */
const maxSecrets = 2;

/**
 * Compares in constant time, with the same work for a tenant with one secret, with two, and for an unknown tenant: one
 * hash and two comparisons of 32 bytes.
 */
export function createHookSecretCheck(secrets: Readonly<Record<string, readonly string[]>>): CheckHookSecret {
  const digestsOf = new Map(Object.entries(secrets).map(([tenant, current]) => [tenant, digestsFor(current)]));
  const unmatchableDigests = digestsFor([]);
  return (tenant, authorization) => {
    // Node decodes header bytes as Latin-1; this restores the bytes that were sent.
    const presented = sha256(Buffer.from(authorization ?? '', 'latin1'));
    const matches = (digestsOf.get(tenant) ?? unmatchableDigests).map((digest) => timingSafeEqual(digest, presented));
    return matches.includes(true);
  };
}

/** Always two: random bytes, which match no secret, stand in for a missing one. */
function digestsFor(secrets: readonly string[]): readonly Buffer[] {
  const digests = secrets.map((secret) => sha256(Buffer.from(secret, 'utf8')));
  return [...digests, randomBytes(32), randomBytes(32)].slice(0, Math.max(maxSecrets, digests.length));
}

const sha256 = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');
