import type { Org } from '../context.ts';

interface OneUse {
  kind: 'assertion' | 'proof';
  jti: string;
  untilMs: number;
}

/** Marks the `jti` of a JWT as used; returns false if it has been used before. Stored until `untilMs`. */
export async function useOnce(org: Org, { kind, jti, untilMs }: OneUse): Promise<boolean> {
  await org.db.query('delete from used_jti where good_until < $1', [org.now()]);
  const inserted = await org.db.query(
    'insert into used_jti (kind, jti, good_until) values ($1, $2, $3) on conflict do nothing',
    [kind, jti, new Date(untilMs)],
  );
  return inserted.rowCount === 1;
}
