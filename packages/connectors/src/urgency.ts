import { AsyncLocalStorage } from 'node:async_hooks';

import type { Urgency } from '@keycourier/journey/ports/pace';
import type { OktaLimit } from '@keycourier/journey/steps/calls';

interface Caller {
  urgency: Urgency;
  onCall: (call: { tenant: string; limit: OktaLimit }) => void;
}

const current = new AsyncLocalStorage<Caller>();

/** Every call that `work` makes has this urgency; without it a call is `normal`. `onCall` gets those that Okta answered. */
export const withUrgency = <Result>(
  urgency: Urgency,
  work: () => Promise<Result>,
  onCall: Caller['onCall'] = () => undefined,
): Promise<Result> => current.run({ urgency, onCall }, work);

export const urgencyNow = (): Urgency => current.getStore()?.urgency ?? 'normal';

/** Okta answered a call that counts in one of its limits. */
export const countCall = (call: { tenant: string; limit: OktaLimit }): void => current.getStore()?.onCall(call);
