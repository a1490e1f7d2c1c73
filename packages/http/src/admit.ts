import type { TenantShares } from '@keycourier/runtime/tenant-shares';

import { admitKey } from './admit-key.ts';
import { refuse, type Answer } from './answer.ts';
import { findCaller, type Caller, type CallerDirectory } from './find-caller.ts';
import { quotaHeaders, type Limits, type Quota, type KeyOwner } from './limits.ts';

export type Admission<Tenant> =
  /** `headers` hold the key's remaining quota and go with every answer. */
  | { outcome: 'admitted'; caller: Caller<Tenant>; headers: Readonly<Record<string, string>> }
  /** `by` is null for a request without a valid key. */
  | { outcome: 'refused'; answer: Answer; by: KeyOwner | null };

const bearer = /^Bearer +([!-~]{1,512})$/i;

/** Authenticates a request and applies the rate limits. Requests without a valid key count against their address. */
export async function admit<Tenant>(
  context: CallerDirectory<Tenant> & { limits: Limits; shares: TenantShares },
  { authorization, address }: { authorization: string | undefined; address: string },
): Promise<Admission<Tenant>> {
  const [, key = null] = bearer.exec(authorization ?? '') ?? [];
  const admitted = await admitKey<Caller<Tenant>>(
    { limits: context.limits, shares: context.shares, ownerOf: ({ apiKey }) => apiKey },
    { key, address, lookUp: async () => (key === null ? null : findCaller(context, key)) },
  );
  switch (admitted.outcome) {
    case 'admitted':
      return { outcome: 'admitted', caller: admitted.found, headers: quotaHeaders(admitted.quota) };
    case 'excess':
      return { outcome: 'refused', answer: tooMany(admitted.quota), by: admitted.by };
    case 'unknown':
      return { outcome: 'refused', answer: unauthorized, by: null };
  }
}

const unauthorized = refuse('unauthorized', 'Send a valid API key as "Authorization: Bearer <key>".', {
  headers: { 'www-authenticate': 'Bearer' },
});

const rules: Readonly<Record<Quota['policy'], (limit: number) => string>> = {
  key: (limit) => `This API key may send ${limit} requests a minute.`,
  tenant: (limit) => `The API keys of this tenant may send ${limit} requests a minute together.`,
  address: (limit) => `This address may send ${limit} requests without a valid API key a minute.`,
};

function tooMany(quota: Quota): Answer {
  const { policy, limit, resetSeconds } = quota;
  return refuse('too_many_requests', `${rules[policy](limit)} Retry in ${resetSeconds} seconds.`, {
    headers: { ...quotaHeaders(quota), 'retry-after': String(resetSeconds) },
  });
}
