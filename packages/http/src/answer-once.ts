import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import { findStoredAnswer, rememberAnswer, type OnceRequest } from '@keycourier/ledger/idempotency/idempotency';

import { refuse, type Answer } from './answer.ts';

/** The IETF's draft of the Idempotency-Key names no header for this. */
const replayed = { 'idempotency-replayed': 'true' };

const isSuccess = ({ status }: { status: number }): boolean => status >= 200 && status < 300;

const keyPattern = /^[!-~]{1,255}$/;

/** Two requests of an API key are the same if route and body are; `route` includes the query, `body` is as parsed. */
export interface IdempotentRequest {
  apiKeyId: string;
  idempotencyKey: string | undefined;
  route: string;
  body: unknown;
  /** Does the work and stores its answer in one statement, where nothing is in the way; else does nothing, and returns null. */
  atOnce?: (request: OnceRequest) => Promise<Answer | null>;
}

/**
 * Answers a request once: the work and its answer are committed together, and the same Idempotency-Key gets the same
 * answer again, byte for byte, with a header that says so. Only a success is stored: what was refused had no effect, and
 * may be corrected, permitted or free by the time it is sent again.
 */
export async function answerOnce(
  ledger: Ledger,
  { apiKeyId, idempotencyKey: key, route, body, atOnce }: IdempotentRequest,
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  if (key === undefined) return ledger.db.transaction().execute(work);
  if (!keyPattern.test(key))
    return refuse('bad_request', 'The Idempotency-Key must have 1 to 255 printable ASCII characters and no spaces.');
  const request = { apiKeyId, key, body: JSON.stringify([route, body]) };
  const done = await atOnce?.(request);
  if (done != null) return done;
  return ledger.db.transaction().execute(async (tx) => {
    const stored = await findStoredAnswer(ledger, tx, request);
    switch (stored.outcome) {
      case 'repeated':
        return { ...stored.answer, headers: replayed };
      case 'other_body':
        return refuse(
          'idempotency_key_reused',
          'This Idempotency-Key was already used for another request. Use a new key for each new request.',
        );
      case 'first': {
        const answer = await work(tx);
        if (isSuccess(answer)) await rememberAnswer(ledger, tx, { ...request, answer });
        return answer;
      }
    }
  });
}
