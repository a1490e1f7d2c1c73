import { z } from 'zod';

import { select, type Queryable } from '../store/database.ts';

const connectionSchema = z.object({
  app_id: z.string(),
  base_url: z.string(),
  sealed_token: z.string(),
  status: z.enum(['ENABLED', 'DISABLED']),
});

export type Connection = z.infer<typeof connectionSchema>;

/** The connection of an app to its SCIM server; undefined if none was made. */
export async function readConnection(db: Queryable, appId: string): Promise<Connection | undefined> {
  const [connection] = await select(db, connectionSchema, {
    text: 'select * from app_connection where app_id = $1',
    values: [appId],
  });
  return connection;
}
