import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { select } from '../store/database.ts';
import { findClient } from './client.ts';

export const stateTables = `
  create table if not exists oidc_state (
    model text not null,
    id text not null,
    payload jsonb not null,
    uid text,
    grant_id text,
    expires timestamptz,
    primary key (model, id)
  );
  create index if not exists oidc_state_uid on oidc_state (uid) where uid is not null;
  create index if not exists oidc_state_grant on oidc_state (grant_id) where grant_id is not null;`;

const row = z.object({ payload: z.custom<AdapterPayload>((value) => typeof value === 'object' && value !== null) });

/** Keeps sessions, codes and tokens in the org's database, so that they outlive a restart; apps are in a table of their own. */
export const createAdapter =
  (org: Org): AdapterFactory =>
  (model): Adapter => {
    const first = async (where: string, values: unknown[]): Promise<AdapterPayload | undefined> => {
      const text = `select payload from oidc_state where ${where} and coalesce(expires > now(), true)`;
      return (await select(org.db, row, { text, values }))[0]?.payload;
    };
    return {
      find: (id) =>
        model === 'Client' ? findClient(org.db, org.sealing, id) : first('model = $1 and id = $2', [model, id]),
      findByUid: (uid) => first('model = $1 and uid = $2', [model, uid]),
      findByUserCode: async () => undefined,
      async upsert(id, payload, expiresIn) {
        await org.db.query(
          `insert into oidc_state (model, id, payload, uid, grant_id, expires)
           values ($1, $2, $3, $4, $5, now() + $6::integer * interval '1 second')
           on conflict (model, id) do update set payload = excluded.payload, uid = excluded.uid,
             grant_id = excluded.grant_id, expires = excluded.expires`,
          [model, id, JSON.stringify(payload), payload.uid ?? null, payload.grantId ?? null, expiresIn ?? null],
        );
        await org.db.query('delete from oidc_state where expires < now()');
      },
      async consume(id) {
        await org.db.query(
          `update oidc_state set payload = payload || jsonb_build_object('consumed', extract(epoch from now())::bigint)
           where model = $1 and id = $2`,
          [model, id],
        );
      },
      async destroy(id) {
        await org.db.query('delete from oidc_state where model = $1 and id = $2', [model, id]);
      },
      async revokeByGrantId(grantId) {
        await org.db.query('delete from oidc_state where grant_id = $1', [grantId]);
      },
    };
  };
