import type { Ledger, Tx } from '@keycourier/ledger/connect-ledger';
import { findStoredAnswer, rememberAnswer } from '@keycourier/ledger/idempotency/idempotency';

import { refuse, type Answer } from './answer.ts';

const keyPattern = /^[!-~]{1,255}$/;

/** Two requests of an API key are the same if route and body are; `route` includes the query, `body` is as parsed. */
export interface IdempotentRequest {
  apiKeyId: string;
  idempotencyKey: string | undefined;
  route: string;
  body: unknown;
}

/**
 * Answers a request once: the work and its answer are committed together, and the same Idempotency-Key gets the same
 * answer again, byte for byte. A 400 is not stored, so that the request can be corrected under its key.
 */
export async function answerOnce(
  ledger: Ledger,
  { apiKeyId, idempotencyKey: key, route, body }: IdempotentRequest,
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  if (key === undefined) return ledger.db.transaction().execute(work);
  if (!keyPattern.test(key))
    return refuse('bad_request', 'The Idempotency-Key must have 1 to 255 printable ASCII characters and no spaces.');
  const request = { apiKeyId, key, body: JSON.stringify([route, body]) };
  return ledger.db.transaction().execute(async (tx) => {
    const stored = await findStoredAnswer(ledger, tx, request);
    switch (stored.outcome) {
      case 'repeated':
        return stored.answer;
      case 'other_body':
        return refuse(
          'idempotency_key_reused',
          'This Idempotency-Key was already used for another request. Use a new key for each new request.',
        );
      case 'first': {
        const answer = await work(tx);
        if (answer.status !== 400) await rememberAnswer(ledger, tx, { ...request, answer });
        return answer;
      }
    }
  });
}
