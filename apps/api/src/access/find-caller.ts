import { findApiKey, type ApiKey } from '@keycourier/ledger/access/api-keys';

import type { Context, TenantSettings } from '../context.ts';

/** Who asks: an API key, and the tenant that it belongs to. */
export interface Caller {
  apiKey: ApiKey;
  tenant: TenantSettings;
}

const bearer = /^Bearer +([!-~]{1,512})$/i;

/** Null for a key that is missing, unknown, revoked, or of a tenant that the config no longer has: all look alike. */
export async function findCaller(context: Context, authorization: string | undefined): Promise<Caller | null> {
  const [, key] = bearer.exec(authorization ?? '') ?? [];
  if (key === undefined) return null;
  const apiKey = await findApiKey(context.ledger, key);
  const tenant = apiKey === null ? undefined : context.tenants.get(apiKey.tenant);
  return apiKey === null || tenant === undefined ? null : { apiKey, tenant };
}
