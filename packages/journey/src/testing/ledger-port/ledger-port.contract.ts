import { claimsContract } from './claims.contract.ts';
import { eventsContract } from './events.contract.ts';
import { lastMovesContract } from './last-moves.contract.ts';
import { ledgerForEachTest, type LedgerUnderTest } from './ledger-under-test.ts';
import { movesContract } from './moves.contract.ts';

/** What every ledger does, in memory and on Postgres: the tests of whole journeys rely on the former. */
export function ledgerPortContract(create: () => Promise<LedgerUnderTest>): void {
  const setUp = ledgerForEachTest(create);
  movesContract(setUp);
  claimsContract(setUp);
  lastMovesContract(setUp);
  eventsContract(setUp);
}
