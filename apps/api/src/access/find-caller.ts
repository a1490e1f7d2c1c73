import { generatedMark } from '@keycourier/config/generated';
import { findApiKey, type ApiKey } from '@keycourier/ledger/api-keys/api-keys';

import type { Context, TenantSettings } from '../context.ts';

/** Who asks: an API key, and the tenant that it belongs to. */
export interface Caller {
  apiKey: ApiKey;
  tenant: TenantSettings;
}

/** What the local stack's keys begin with. */
const generatedPrefix = `kc_${generatedMark}`;

/**
 * Null for a key that is unknown, revoked, of a tenant that the config no longer has, or made by the local stack for
 * itself and used elsewhere: all look alike.
 */
export async function findCaller(context: Context, key: string): Promise<Caller | null> {
  if (context.mode !== 'local' && key.startsWith(generatedPrefix)) return null;
  const apiKey = await findApiKey(context.ledger, key);
  const tenant = apiKey === null ? undefined : context.tenants.get(apiKey.tenant);
  return apiKey === null || tenant === undefined ? null : { apiKey, tenant };
}
