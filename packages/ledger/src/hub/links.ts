import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { hubNameOf } from '@keycourier/journey/ports/hub';
import { sql } from 'kysely';
import { z } from 'zod';

import { inTransaction, type Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { compareAfterChange } from './require-comparisons.ts';

const publicJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal('ES256'),
});

export type HubPublicKey = z.output<typeof publicJwk>;

/** A hub that was named by API. */
export interface HubLink {
  orgUrl: string;
  /** Null until the service app is made. */
  clientId: string | null;
  publicKey: HubPublicKey;
  createdAt: Date;
}

/** Makes a link with a key pair of its own, whose private half never leaves the ledger unsealed. Null where there is one. */
export async function createHubLink(
  ledger: Ledger,
  { tenant, orgUrl, createdBy }: { tenant: string; orgUrl: string; createdBy: string },
): Promise<HubLink | null> {
  const { publicKey, privateKey } = makeKey();
  const made = await ledger.db
    .insertInto('hub_links')
    .values({
      tenant,
      org_url: orgUrl,
      client_id: null,
      public_jwk: JSON.stringify(publicKey),
      private_key: ledger.sealing.seal(privateKey, sealedContext.hubKey(tenant)),
      created_by: createdBy,
    })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .returning('created_at')
    .executeTakeFirst();
  return made === undefined ? null : { orgUrl, clientId: null, publicKey, createdAt: made.created_at };
}

function makeKey(): { publicKey: HubPublicKey; privateKey: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' });
  const named = { kid: `kc-${randomBytes(8).toString('hex')}`, use: 'sig', alg: 'ES256' };
  const { kty, crv, x, y } = jwk;
  return { publicKey: publicJwk.parse({ kty, crv, x, y, ...named }), privateKey: JSON.stringify({ ...jwk, ...named }) };
}

export async function readHubLink(ledger: Pick<Ledger, 'db'>, tenant: string): Promise<HubLink | null> {
  const row = await ledger.db
    .selectFrom('hub_links')
    .select(['org_url', 'client_id', 'public_jwk', 'created_at'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    orgUrl: row.org_url,
    clientId: row.client_id,
    publicKey: publicJwk.parse(row.public_jwk),
    createdAt: row.created_at,
  };
}

/** What signs in to a hub. */
export interface HubCredentials {
  orgUrl: string;
  clientId: string;
  /** A JWK as text. */
  privateKey: string;
}

/** For the process that calls the hub. Null where there is no link, or no service app yet. */
export async function readHubCredentials(ledger: Ledger, tenant: string): Promise<HubCredentials | null> {
  const row = await ledger.db
    .selectFrom('hub_links')
    .select(['org_url', 'client_id', 'private_key'])
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  if (row === undefined || row.client_id === null) return null;
  const privateKey = ledger.sealing.unseal(row.private_key, sealedContext.hubKey(tenant));
  return { orgUrl: row.org_url, clientId: row.client_id, privateKey };
}

/**
 * Names the service app that has the link's public key: what was tested is another one, and everyone and every group of the
 * link is compared anew. False where there is no link.
 */
export async function setHubClient(ledger: Ledger, tenant: string, clientId: string): Promise<boolean> {
  return inTransaction(ledger.db, async (tx) => {
    const changed = await tx
      .updateTable('hub_links')
      .set({ client_id: clientId })
      .where('tenant', '=', tenant)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) return false;
    await tx.deleteFrom('hub_tests').where('tenant', '=', tenant).execute();
    await compareAfterChange(tx, tenant);
    await sql`
      update mirror_groups set version = version + 1, check_due_at = now()
      where tenant = ${tenant} and not is_paused`.execute(tx);
    return true;
  });
}

/**
 * Ends the link with its key, its test, and all that is known of its people and groups. False where there was none.
 * @param options.isInUse false: another hub, of the config file, has precedence. What is known is of that one, and stays
 */
export async function removeHubLink(
  ledger: Ledger,
  tenant: string,
  { isInUse }: { isInUse: boolean },
): Promise<boolean> {
  return inTransaction(ledger.db, async (tx) => {
    const removed = await tx.deleteFrom('hub_links').where('tenant', '=', tenant).executeTakeFirst();
    if (removed.numDeletedRows === 0n) return false;
    if (!isInUse) return true;
    // Of the hub alone: no other step has messages under its name.
    await tx.deleteFrom('outbox').where('tenant', '=', hubNameOf(tenant)).execute();
    for (const table of [
      'hub_tests',
      'hub_settings',
      'link_assignments',
      'mirrors',
      'comparisons',
      'mirror_groups',
      'sourced_people',
    ] as const)
      await tx.deleteFrom(table).where('tenant', '=', tenant).execute();
    return true;
  });
}
