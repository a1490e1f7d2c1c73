import { createECDH } from 'node:crypto';

import pg from 'pg';
import { z } from 'zod';

const names = z.array(z.object({ name: z.string() }));
const lines = z.array(z.object({ line: z.string() }));

/** Every row of every table, as text. */
export async function dump(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query(
      "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
    );
    const all: string[] = [];
    for (const { name } of names.parse(tables.rows)) {
      const { rows } = await client.query(`select t::text as line from ${name} t`);
      all.push(...lines.parse(rows).map(({ line }) => line));
    }
    return all.join('\n');
  } finally {
    await client.end();
  }
}

/** Whether any 32 bytes in the text, in any encoding, are the private key of this uncompressed P-256 point. */
export function holdsPrivateKeyOf(text: string, publicPoint: Buffer): boolean {
  const decoded = (text.match(/[\w+/-]{40,}/g) ?? []).flatMap((run) => [
    Buffer.from(run, 'base64url'),
    ...(/^[\da-f]+$/i.test(run) ? [Buffer.from(run, 'hex')] : []),
  ]);
  return decoded.some((bytes) => {
    for (let at = 0; at + 32 <= bytes.length; at += 1)
      if (publicPointOf(bytes.subarray(at, at + 32))?.equals(publicPoint)) return true;
    return false;
  });
}

function publicPointOf(scalar: Buffer): Buffer | undefined {
  const curve = createECDH('prime256v1');
  try {
    curve.setPrivateKey(scalar);
    return curve.getPublicKey();
  } catch {
    return undefined;
  }
}
