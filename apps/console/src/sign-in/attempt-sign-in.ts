import type { Request } from 'express';
import { z } from 'zod';

import type { ForgeryGuard } from './forgery.ts';
import type { Operator, Operators } from './operators.ts';
import type { Throttle } from './throttle.ts';
import { wayBack } from './way-back.ts';

export type Attempt =
  | { outcome: 'signed_in'; operator: Operator; to: string }
  /** An unknown user, a wrong password, or both: nobody is told which. */
  | { outcome: 'wrong'; to: string }
  | { outcome: 'throttled'; to: string; forMs: number }
  | { outcome: 'malformed' }
  /** The form was not one of ours, or of a session that has ended. */
  | { outcome: 'forged' };

export interface Examiners {
  operators: Operators;
  throttle: Throttle;
  guard: ForgeryGuard;
}

const form = z.object({
  user: z.string().min(1).max(100),
  password: z.string().min(1).max(1_000),
  to: z.string().max(2_000).optional(),
});

/** Looks at a filled-in form, the cheap questions first; the password comes last, and always costs the same. */
export async function attemptSignIn({ operators, throttle, guard }: Examiners, request: Request): Promise<Attempt> {
  if (guard.verdict(request) !== 'ours') return { outcome: 'forged' };
  const parsed = form.safeParse(request.body);
  if (!parsed.success) return { outcome: 'malformed' };
  const { user, password } = parsed.data;
  const to = wayBack(parsed.data.to);
  const who = { user, address: addressOf(request) };
  const admission = await throttle.admit(who);
  if (admission.outcome === 'wait') return { outcome: 'throttled', to, forMs: admission.forMs };
  const operator = await operators.authenticate(user, password);
  if (operator === null) return { outcome: 'wrong', to };
  await throttle.forgive(who);
  return { outcome: 'signed_in', operator, to };
}

export const addressOf = (request: Request): string => request.ip ?? 'unknown';
