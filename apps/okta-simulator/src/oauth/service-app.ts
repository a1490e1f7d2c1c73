import { z } from 'zod';

import { assignRoles, roleSchema } from '../roles/admin-role.ts';
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

/** If there are several keys, each needs its own id (Okta's console always requires one). */
const jwksSchema = z
  .strictObject({ keys: z.array(publicKeySchema).min(1).max(50) })
  .refine(
    ({ keys }) => keys.length === 1 || new Set(keys.map(({ kid }) => kid ?? '')).size === keys.length,
    'every key needs a kid of its own',
  );

/** The registration of an app, which an administrator of a real org does in the console. */
export const registrationSchema = z.strictObject({
  clientId: z.string().min(1).optional(),
  jwks: jwksSchema,
  /** Granted, such as `okta.users.read`. */
  scopes: z.array(z.string().regex(/^okta\.[\w.]+$/)).min(1),
  /** Whether its tokens are bound to a key; true by default, as for every new app of type API Services. */
  dpop: z.boolean().default(true),
  /** Its administrator roles; without any, its lists are empty and its writes are refused. */
  roles: z.array(roleSchema).default([{ type: 'SUPER_ADMIN', groups: [] }]),
});

export type Registration = z.infer<typeof registrationSchema>;

const appSchema = z.object({
  clientId: z.string(),
  jwks: jwksSchema,
  scopes: z.array(z.string()),
  dpop: z.boolean(),
});

export type ServiceApp = z.infer<typeof appSchema>;

/** Registers an app, or replaces its keys, scopes, roles and settings. Its tokens stay valid. */
export async function registerApp(db: Queryable, registration: Registration): Promise<ServiceApp> {
  const { clientId = oktaId('0oa'), dpop, jwks, roles, scopes } = registration;
  await db.query(
    `insert into service_app (client_id, jwks, scopes, dpop) values ($1, $2, $3, $4)
     on conflict (client_id) do update set jwks = excluded.jwks, scopes = excluded.scopes, dpop = excluded.dpop`,
    [clientId, JSON.stringify(jwks), scopes, dpop],
  );
  await assignRoles(db, clientId, { roles, now: new Date() });
  return { clientId, jwks, scopes, dpop };
}

export async function findApp(db: Queryable, clientId: string): Promise<ServiceApp | undefined> {
  const [found] = await select(db, appSchema, {
    text: 'select client_id as "clientId", jwks, scopes, dpop from service_app where client_id = $1',
    values: [clientId],
  });
  return found;
}
