import { isGenerated } from '@keycourier/config/generated';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { findConnectionByToken } from '@keycourier/ledger/directory/connections/find-connection';

import type { Context } from '../context.ts';

/** Okta's header templates send the token with or without the scheme. */
const tokenOf = /^(?:Bearer +)?([!-~]{1,512})$/i;

/** An unknown connection, a revoked one, one of a tenant that is no longer configured and a wrong token look alike: null. */
export async function authenticate(
  { ledger, tenants, mode }: Context,
  { connectionId, authorization }: { connectionId: string; authorization: string | undefined },
): Promise<Connection | null> {
  const [, token = null] = tokenOf.exec(authorization ?? '') ?? [];
  if (token === null || (mode !== 'local' && isGenerated(token))) return null;
  const found = await findConnectionByToken(ledger, connectionId, token);
  return found !== null && tenants.has(found.connection.tenant) ? found.connection : null;
}
