import type { Sealing } from '@keycourier/ledger/sealing';
import type { Request, Response } from 'express';

import { transactionSchema, type Transaction } from './okta-client.ts';

/** What the browser keeps of a sign-in that has begun: sealed, and for one answer. Each tab has its own. */
export interface TransactionCookie {
  set: (response: Response, transaction: Transaction) => void;
  /** Reads and deletes the one with the state of the answer; null where there is none, or it is older than ten minutes. */
  take: (request: Request, response: Response, now: Date) => Transaction | null;
}

const lifetimeMs = 10 * 60_000;

/** Of sign-ins that were begun and not ended: more would make the request's headers too long. */
const maxBegun = 4;

/** `sessionCookie` is the name of the session's, from which the names of these follow. */
export function createTransactionCookie(
  sealing: Sealing,
  { sessionCookie, secure }: { sessionCookie: string; secure: boolean },
): TransactionCookie {
  const prefix = `${sessionCookie}-sign-in-`;
  // A cookie with this prefix has the path / and no domain, or browsers refuse it.
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/' } as const;
  const begun = ({ cookies }: Request): Begun[] =>
    Object.entries<unknown>(cookies)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, sealed]) => ({ name, transaction: open(sealing, sealed) }));
  return {
    set(response, transaction) {
      const newestFirst = begun(response.req).toSorted((one, other) => startOf(other) - startOf(one));
      for (const { name } of newestFirst.slice(maxBegun - 1)) response.clearCookie(name, options);
      const sealed = sealing.seal(JSON.stringify(transaction), context);
      response.cookie(prefix + transaction.state, sealed, { ...options, maxAge: lifetimeMs });
    },
    take(request, response, now) {
      const { state } = request.query;
      const found = begun(request).find(({ name }) => typeof state === 'string' && name === prefix + state);
      if (found === undefined) return null;
      response.clearCookie(found.name, options);
      return now.getTime() - startOf(found) < lifetimeMs ? found.transaction : null;
    },
  };
}

const context = 'console.sign_in_transaction';

interface Begun {
  name: string;
  transaction: Transaction | null;
}

const startOf = ({ transaction }: Begun): number => transaction?.startedAtMs ?? Number.NEGATIVE_INFINITY;

function open(sealing: Sealing, sealed: unknown): Transaction | null {
  try {
    return transactionSchema.parse(JSON.parse(sealing.unseal(String(sealed), context)));
  } catch {
    // Not ours: as if there were none.
    return null;
  }
}
