import { z } from 'zod';

import type { Org } from '../context.ts';
import { select } from '../store/database.ts';
import { randomText } from '../store/okta-id.ts';

const hourMs = 3_600_000;

/** The nonce for proofs: a new one every 24 hours (okta-developer-docs, guides/dpop). */
export async function currentNonce(org: Org): Promise<string> {
  const now = org.now();
  const [found] = await select(org.db, z.object({ nonce: z.string() }), {
    text: 'select nonce from dpop_nonce where created > $1 order by created desc limit 1',
    values: [new Date(now.getTime() - 24 * hourMs)],
  });
  if (found !== undefined) return found.nonce;
  const nonce = randomText(32);
  await org.db.query('insert into dpop_nonce (nonce, created) values ($1, $2)', [nonce, now]);
  return nonce;
}

/** A nonce is accepted until it is three days old. */
export async function isGoodNonce(org: Org, nonce: string): Promise<boolean> {
  const found = await org.db.query('select from dpop_nonce where nonce = $1 and created > $2', [
    nonce,
    new Date(org.now().getTime() - 72 * hourMs),
  ]);
  return found.rowCount === 1;
}
