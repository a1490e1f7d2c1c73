import { z } from 'zod';

import type { Org } from '../context.ts';
import { select, type Queryable } from '../store/database.ts';
import { oktaId, randomText } from '../store/okta-id.ts';

/** The registration of a web app for sign-in, which an administrator of a real org does in the console. */
export const clientSchema = z.strictObject({
  clientId: z.string().min(1).optional(),
  clientSecret: z.string().min(32).optional(),
  redirectUris: z.array(z.url({ protocol: /^https?$/ })).min(1),
  postLogoutRedirectUris: z.array(z.url({ protocol: /^https?$/ })).default([]),
});

type ClientRegistration = z.output<typeof clientSchema>;

export const clientTables = `
  create table if not exists oidc_client (
    client_id text primary key,
    sealed_secret text not null,
    redirect_uris text[] not null,
    post_logout_redirect_uris text[] not null
  );`;

const row = z.object({
  sealed_secret: z.string(),
  redirect_uris: z.string().array(),
  post_logout_redirect_uris: z.string().array(),
});

/** Registers a web app, or replaces its secret and addresses. */
export async function registerClient(
  org: Org,
  { clientId = oktaId('0oa'), clientSecret = randomText(64), redirectUris, postLogoutRedirectUris }: ClientRegistration,
): Promise<{ clientId: string; clientSecret: string }> {
  await org.db.query(
    `insert into oidc_client (client_id, sealed_secret, redirect_uris, post_logout_redirect_uris) values ($1, $2, $3, $4)
     on conflict (client_id) do update set sealed_secret = excluded.sealed_secret,
       redirect_uris = excluded.redirect_uris, post_logout_redirect_uris = excluded.post_logout_redirect_uris`,
    [clientId, org.sealing.seal(clientSecret), redirectUris, postLogoutRedirectUris],
  );
  return { clientId, clientSecret };
}

/** The app's metadata as the provider reads it (OpenID Connect Registration 1.0). */
export async function findClient(db: Queryable, sealing: Org['sealing'], clientId: string) {
  const [found] = await select(db, row, { text: 'select * from oidc_client where client_id = $1', values: [clientId] });
  if (found === undefined) return undefined;
  return {
    client_id: clientId,
    client_secret: sealing.unseal(found.sealed_secret),
    redirect_uris: found.redirect_uris,
    post_logout_redirect_uris: found.post_logout_redirect_uris,
    grant_types: ['authorization_code'],
    // Okta's default; and its ID tokens always say when the user signed in.
    token_endpoint_auth_method: 'client_secret_basic' as const,
    require_auth_time: true,
  };
}
