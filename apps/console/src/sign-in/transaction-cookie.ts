import type { Sealing } from '@keycourier/ledger/sealing';
import type { Request, Response } from 'express';

import { transactionSchema, type Transaction } from './okta-client.ts';

/** What the browser keeps of a sign-in that has begun: sealed, and for one answer. */
export interface TransactionCookie {
  set: (response: Response, transaction: Transaction) => void;
  /** Reads and deletes it; null where there is none, or it is older than ten minutes. */
  take: (request: Request, response: Response, now: Date) => Transaction | null;
}

const lifetimeMs = 10 * 60_000;

/** `sessionCookie` is the name of the session's, from which the name of this one follows. */
export function createTransactionCookie(
  sealing: Sealing,
  { sessionCookie, secure }: { sessionCookie: string; secure: boolean },
): TransactionCookie {
  const name = `${sessionCookie}-sign-in`;
  const context = 'console.sign_in_transaction';
  // A cookie with this prefix has the path / and no domain, or browsers refuse it.
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/' } as const;
  return {
    set: (response, transaction) => {
      response.cookie(name, sealing.seal(JSON.stringify(transaction), context), { ...options, maxAge: lifetimeMs });
    },
    take(request, response, now) {
      const sealed: unknown = request.cookies[name];
      if (typeof sealed !== 'string') return null;
      response.clearCookie(name, options);
      const transaction = open(sealing, sealed, context);
      return transaction !== null && now.getTime() - transaction.startedAtMs < lifetimeMs ? transaction : null;
    },
  };
}

function open(sealing: Sealing, sealed: string, context: string): Transaction | null {
  try {
    return transactionSchema.parse(JSON.parse(sealing.unseal(sealed, context)));
  } catch {
    // Not ours: as if there were none.
    return null;
  }
}
