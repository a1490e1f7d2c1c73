import { isGenerated } from '@keycourier/config/generated';
import { admitKey } from '@keycourier/http/admit-key';
import type { KeyOwner, Quota } from '@keycourier/http/limits';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { findConnectionByToken } from '@keycourier/ledger/directory/connections/find-connection';

import type { Context } from '../context.ts';
import { isId } from './is-id.ts';
import { hashOfToken, limitKeyOf, type PresentedToken } from './presented-token.ts';
import { refuse, type ScimAnswer } from './scim-answer.ts';

export type Admission =
  | { outcome: 'admitted'; connection: Connection }
  /** `by` is null for a request without a valid token. */
  | { outcome: 'refused'; answer: ScimAnswer; by: KeyOwner | null };

/**
 * Authenticates a request and counts it. An unknown connection, a revoked one, one of another tenant, or of a tenant that is
 * no longer configured, and a wrong token look alike: one answer, after the same query. @throws ShareError
 */
export async function admit(context: Context, presented: PresentedToken & { address: string }): Promise<Admission> {
  const { connectionId, token, address } = presented;
  const key = token === null ? null : limitKeyOf({ connectionId, hash: hashOfToken(token) });
  const lookUp = async (): Promise<Connection | null> =>
    token === null || key === null ? null : context.joinLookups(key, () => find(context, connectionId, token));
  const { limits, shares } = context;
  const admitted = await admitKey<Connection>(
    { limits, shares, ownerOf: ({ id, tenant }) => ({ id, tenant, requestsPerMinute: null }) },
    { key, address, lookUp },
  );
  switch (admitted.outcome) {
    case 'admitted':
      return { outcome: 'admitted', connection: admitted.found };
    case 'excess':
      return { outcome: 'refused', answer: tooMany(admitted.quota), by: admitted.by };
    case 'unknown':
      return { outcome: 'refused', answer: unauthorized, by: null };
  }
}

async function find(
  { tokenLedger, tenants, mode }: Context,
  connectionId: string,
  token: string,
): Promise<Connection | null> {
  if (!isId(connectionId) || (mode !== 'local' && isGenerated(token))) return null;
  const found = await findConnectionByToken(tokenLedger, connectionId, token);
  return found !== null && tenants.has(found.connection.tenant) ? found.connection : null;
}

const unauthorized = refuse(
  401,
  "The token is not one of this connection's: copy the base URL and a token of the same connection, or make a new token.",
  { 'www-authenticate': 'Bearer' },
);

const rules: Readonly<Record<Quota['policy'], (limit: number) => string>> = {
  key: (limit) => `This connection may send ${limit} requests a minute`,
  tenant: (limit) => `The connections of this tenant may send ${limit} requests a minute together`,
  address: (limit) => `This address may send ${limit} requests without a valid token a minute`,
};

/** Okta repeats a request that is answered so, after as many seconds as the header says. */
export const tooMany = ({ policy, limit, resetSeconds }: Quota): ScimAnswer =>
  refuse(429, `${rules[policy](limit)}: retry in ${resetSeconds} seconds.`, { 'retry-after': String(resetSeconds) });
