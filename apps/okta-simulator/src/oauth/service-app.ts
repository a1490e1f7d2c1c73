import { z } from 'zod';

import { select, type Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';

const publicKeySchema = z
  .looseObject({
    kty: z.enum(['RSA', 'EC']),
    kid: z.string().min(1).exactOptional(),
    alg: z.string().exactOptional(),
    use: z.string().exactOptional(),
  })
  .refine((jwk) => !('d' in jwk), 'must be a public key');

/** All keys of a set need an id of their own, as soon as there are several (the console asks for one in any case). */
const jwksSchema = z
  .strictObject({ keys: z.array(publicKeySchema).min(1).max(50) })
  .refine(
    ({ keys }) => keys.length === 1 || new Set(keys.map(({ kid }) => kid ?? '')).size === keys.length,
    'every key needs a kid of its own',
  );

/** How an app is registered: what an administrator sets up by hand in the console of a real org. */
export const registrationSchema = z.strictObject({
  clientId: z.string().min(1).optional(),
  jwks: jwksSchema,
  /** Granted, such as `okta.users.read`. */
  scopes: z.array(z.string().regex(/^okta\.[\w.]+$/)).min(1),
  /** Whether its tokens are bound to a key; on unless told, as for every new app of type API Services. */
  dpop: z.boolean().default(true),
});

export type Registration = z.infer<typeof registrationSchema>;

const appSchema = z.object({
  clientId: z.string(),
  jwks: jwksSchema,
  scopes: z.array(z.string()),
  dpop: z.boolean(),
});

export type ServiceApp = z.infer<typeof appSchema>;

/** Registers an app, or gives the one of that id other keys, scopes and settings. Tokens that it has stay good. */
export async function registerApp(db: Queryable, registration: Registration): Promise<ServiceApp> {
  const { clientId = oktaId('0oa'), dpop, jwks, scopes } = registration;
  await db.query(
    `insert into service_app (client_id, jwks, scopes, dpop) values ($1, $2, $3, $4)
     on conflict (client_id) do update set jwks = excluded.jwks, scopes = excluded.scopes, dpop = excluded.dpop`,
    [clientId, JSON.stringify(jwks), scopes, dpop],
  );
  return { clientId, jwks, scopes, dpop };
}

export async function findApp(db: Queryable, clientId: string): Promise<ServiceApp | undefined> {
  const [found] = await select(
    db,
    appSchema,
    'select client_id as "clientId", jwks, scopes, dpop from service_app where client_id = $1',
    [clientId],
  );
  return found;
}
