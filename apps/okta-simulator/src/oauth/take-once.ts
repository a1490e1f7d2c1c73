import type { Org } from '../context.ts';

/** Takes an id of a signed text that is good once; false when it was taken before. Forgotten after `untilMs`. */
export async function takeOnce(org: Org, kind: 'assertion' | 'proof', jti: string, untilMs: number): Promise<boolean> {
  await org.db.query('delete from used_jti where good_until < $1', [org.now()]);
  const taken = await org.db.query(
    'insert into used_jti (kind, jti, good_until) values ($1, $2, $3) on conflict do nothing',
    [kind, jti, new Date(untilMs)],
  );
  return taken.rowCount === 1;
}
