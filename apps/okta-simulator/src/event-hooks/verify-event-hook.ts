import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import type { Org } from '../context.ts';
import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { param, type Handler } from '../http/handler.ts';
import { randomText } from '../store/okta-id.ts';
import { callHook, describeCall, hasSucceeded, isWorthRetrying, type CallResult } from './call-hook.ts';
import { draftHookEvent } from './hook-event-draft.ts';
import { findHook, presentHook, type Hook } from './hook.ts';

/** `POST …/lifecycle/verify`: a real GET with a one-time challenge, which the service must return. */
export const verifyEventHook: Handler = async (org, request) => {
  const challenge = randomText(40);
  const result = await askTwiceAtMost(org, await findHook(org.db, param(request, 'eventHookId')), challenge);
  if (!answersChallenge(result, challenge))
    throw new OktaError('E0000001', {
      about: 'verificationStatus',
      causes: [`verificationStatus: the service did not give the challenge back (${describeCall(result)})`],
    });
  return saveVerified(org, request);
};

const markVerified = `update event_hook set verification_status = 'VERIFIED', last_updated = $2 where id = $1`;

const saveVerified = changeHandler(async ({ org, request, tx, record }) => {
  const hook = await findHook(tx, param(request, 'eventHookId'), 'for no key update');
  await tx.query(markVerified, [hook.id, org.now()]);
  await record(draftHookEvent('event_hook.verified', hook));
  return { status: 200, body: presentHook(request.origin, await findHook(tx, hook.id)) };
});

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
