import type { PoolClient } from 'pg';

import { changeOrg, type Org } from '../context.ts';
import type { EventDraft } from '../system-log/log-event.ts';
import { recordEvents } from '../system-log/record-events.ts';
import type { Answer, Handler, OktaRequest } from './handler.ts';

export interface Change {
  org: Org;
  request: OktaRequest;
  tx: PoolClient;
  /** Records events that the request causes. Call it last, because it takes a lock. */
  record: (...drafts: EventDraft[]) => Promise<void>;
}

/** A handler that works in one transaction, which commits the change together with its events. */
export function changeHandler(handle: (change: Change) => Promise<Answer>): Handler {
  return (org, request) =>
    changeOrg(org, (tx) => {
      const record: Change['record'] = (...drafts) => recordEvents(tx, { org, details: request.details }, drafts);
      return handle({ org, request, tx, record });
    });
}
