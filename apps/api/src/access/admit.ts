import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { findCaller, type Caller } from './find-caller.ts';
import { quotaHeaders, type Quota } from './limits.ts';

export type Admission =
  /** `headers` tell what is left of the key's minute: they go with whatever is answered. */
  | { outcome: 'admitted'; caller: Caller; headers: Readonly<Record<string, string>> }
  | { outcome: 'refused'; answer: Answer };

const bearer = /^Bearer +([!-~]{1,512})$/i;

/** Says who asks, and whether they may ask so often. Requests without a valid key are counted by their address. */
export async function admit(
  context: Context,
  { authorization, address }: { authorization: string | undefined; address: string },
): Promise<Admission> {
  const { limits } = context;
  const [, key = null] = bearer.exec(authorization ?? '') ?? [];
  const isKnown = key !== null && (await limits.isKnown(key));
  const failures = await limits.readFailures(address);
  // Before the key is looked up: whoever sends wrong ones without end costs the database nothing more.
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
      : `From this address there were ${limit} requests without a valid API key in a minute.`;
  return refuse('too_many_requests', `${rule} Wait ${resetSeconds} seconds and send it again.`, {
    headers: { ...quotaHeaders(quota), 'retry-after': String(resetSeconds) },
  });
}
