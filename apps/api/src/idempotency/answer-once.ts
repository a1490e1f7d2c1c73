import type { Tx } from '@keycourier/ledger/connect-ledger';
import { findStoredAnswer, rememberAnswer } from '@keycourier/ledger/idempotency/idempotency';

import type { Caller } from '../access/find-caller.ts';
import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';

const keyPattern = /^[!-~]{1,255}$/;

/** What makes two requests the same: the route with its options, and the body as it was understood. */
export interface IdempotentRequest {
  idempotencyKey: string | undefined;
  route: string;
  body: unknown;
}

/**
 * Answers a request once: the work and its answer are committed together, and the same key gets the same answer again,
 * word for word. A request that was not understood is not remembered, so that it can be corrected under its key.
 */
export async function answerOnce(
  { ledger }: Context,
  { apiKey }: Caller,
  asked: IdempotentRequest,
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  const { idempotencyKey, route, body } = asked;
  if (idempotencyKey === undefined) return ledger.db.transaction().execute(work);
  if (!keyPattern.test(idempotencyKey))
    return refuse('bad_request', 'The Idempotency-Key must have 1 to 255 printable ASCII characters and no spaces.');
  const request = { apiKeyId: apiKey.id, key: idempotencyKey, body: JSON.stringify([route, body]) };
  return ledger.db.transaction().execute(async (tx) => {
    const recalled = await findStoredAnswer(ledger, tx, request);
    switch (recalled.outcome) {
      case 'repeated':
        return recalled.answer;
      case 'other_body':
        return refuse(
          'idempotency_key_reused',
          'This Idempotency-Key came with another request before. Use a fresh key for each new request.',
        );
      case 'first': {
        const answer = await work(tx);
        if (answer.status !== 400) await rememberAnswer(ledger, tx, request, answer);
        return answer;
      }
    }
  });
}
