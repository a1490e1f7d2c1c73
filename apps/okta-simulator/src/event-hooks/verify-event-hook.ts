import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { changeOrg, type Org } from '../context.ts';
import { OktaError } from '../http/errors.ts';
import { param, type Handler } from '../http/handler.ts';
import { randomText } from '../store/okta-id.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { callHook, describeCall, hasSucceeded, isWorthRetrying, type CallResult } from './call-hook.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook, type Hook } from './hook.ts';

/** `POST …/lifecycle/verify`: a real GET with a one-time challenge, which the service must return. */
export const verifyEventHook: Handler = async (org, request) => {
  const id = param(request, 'eventHookId');
  const challenge = randomText(40);
  const result = await askTwiceAtMost(org, await findHook(org.db, id), challenge);
  if (!answersChallenge(result, challenge))
    throw new OktaError('E0000001', {
      about: 'verificationStatus',
      causes: [`verificationStatus: the service did not give the challenge back (${describeCall(result)})`],
    });
  const hook = await changeOrg(org, async (tx) => {
    const before = await findHook(tx, id, 'for no key update');
    await tx.query(`update event_hook set verification_status = 'VERIFIED', last_updated = $2 where id = $1`, [
      id,
      org.now(),
    ]);
    await recordEvents(tx, { org, details: request.details }, [draftHookEvent('event_hook.verified', before)]);
    return findHook(tx, id);
  });
  return { status: 200, body: presentHook(request.origin, hook) };
};

async function askTwiceAtMost(org: Org, hook: Hook, challenge: string): Promise<CallResult> {
  const ask = (): Promise<CallResult> =>
    callHook(org, hook, { method: 'GET', headers: { 'X-Okta-Verification-Challenge': challenge } });
  const first = await ask();
  if (!isWorthRetrying(first)) return first;
  await sleep(org.settings.current().hookRetryDelayMs);
  return ask();
}

const answerSchema = z.looseObject({ verification: z.string() });

function answersChallenge(result: CallResult, challenge: string): boolean {
  if (result.outcome !== 'answered' || !hasSucceeded(result)) return false;
  try {
    return answerSchema.safeParse(JSON.parse(result.text)).data?.verification === challenge;
  } catch {
    return false;
  }
}
