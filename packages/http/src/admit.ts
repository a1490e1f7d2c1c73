import { refuse, type Answer } from './answer.ts';
import { findCaller, type Caller, type CallerDirectory } from './find-caller.ts';
import { quotaHeaders, type Limits, type Quota } from './limits.ts';

export type Admission<Tenant> =
  /** `headers` hold the key's remaining quota and go with every answer. */
  | { outcome: 'admitted'; caller: Caller<Tenant>; headers: Readonly<Record<string, string>> }
  | { outcome: 'refused'; answer: Answer };

const bearer = /^Bearer +([!-~]{1,512})$/i;

/** Authenticates a request and applies the rate limits. Requests without a valid key count against their address. */
export async function admit<Tenant>(
  context: CallerDirectory<Tenant> & { limits: Limits },
  { authorization, address }: { authorization: string | undefined; address: string },
): Promise<Admission<Tenant>> {
  const { limits } = context;
  const [, key = null] = bearer.exec(authorization ?? '') ?? [];
  const isKnown = key !== null && (await limits.isKnown(key));
  const failures = await limits.readFailures(address);
  // Before the key is looked up: a flood of wrong keys must not reach the database.
  if (!isKnown && failures.remaining === 0) return { outcome: 'refused', answer: tooMany(failures) };
  const caller = key === null ? null : await findCaller(context, key);
  if (key === null || caller === null) {
    await limits.countFailure(address);
    if (isKnown) await limits.forget(key);
    return { outcome: 'refused', answer: unauthorized };
  }
  await limits.remember(key);
  const quota = await limits.countRequest(caller.apiKey);
  if (quota.consumed > quota.limit) return { outcome: 'refused', answer: tooMany(quota) };
  return { outcome: 'admitted', caller, headers: quotaHeaders(quota) };
}

const unauthorized = refuse('unauthorized', 'Send a valid API key as "Authorization: Bearer <key>".', {
  headers: { 'www-authenticate': 'Bearer' },
});

function tooMany(quota: Quota): Answer {
  const { policy, limit, resetSeconds } = quota;
  const rule =
    policy === 'key'
      ? `This API key may send ${limit} requests a minute.`
      : `This address may send ${limit} requests without a valid API key a minute.`;
  return refuse('too_many_requests', `${rule} Retry in ${resetSeconds} seconds.`, {
    headers: { ...quotaHeaders(quota), 'retry-after': String(resetSeconds) },
  });
}
