import { sql } from 'kysely';

import type { Tx } from '../connect-ledger.ts';

/**
 * Runs a part of a transaction that can be undone alone: after an error, which is thrown on, and where `isKept` says so of
 * its result. The locks that it took are released with it.
 */
export async function inSavepoint<Result>(
  tx: Tx,
  work: () => Promise<Result>,
  isKept: (result: Result) => boolean = () => true,
): Promise<Result> {
  await sql`savepoint part`.execute(tx);
  try {
    const result = await work();
    if (isKept(result)) await sql`release savepoint part`.execute(tx);
    else await undo(tx);
    return result;
  } catch (error) {
    // Where the connection itself is lost there is nothing to undo, and the first error is the one to know.
    await undo(tx).catch(() => undefined);
    throw error;
  }
}

async function undo(tx: Tx): Promise<void> {
  await sql`rollback to savepoint part`.execute(tx);
  await sql`release savepoint part`.execute(tx);
}

/** For `isKept`: a refused part leaves nothing behind. */
export const isNotRefused = (result: { outcome: string }): boolean => result.outcome !== 'refused';
