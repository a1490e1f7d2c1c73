import type { RegistrationPort } from '@keycourier/journey/ports/registration';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { claimRegistration } from '@keycourier/ledger/registrations/claim-registration';
import {
  dropRegistration,
  finishRegistration,
  postponeRegistration,
} from '@keycourier/ledger/registrations/finish-registration';
import { noteWrite, writesOf } from '@keycourier/ledger/registrations/own-writes';

/** The registrations on Postgres. An attempt's lease lasts `leaseMs` unless it is renewed. */
export function createRegistrationPort(ledger: Ledger, leaseMs: number): RegistrationPort {
  return {
    claim: (id, dispatchId) => claimRegistration(ledger, { id, dispatchId, leaseMs }),
    finish: (attempt, result) => finishRegistration(ledger, attempt, result),
    postpone: (attempt, afterMs, failure) => postponeRegistration(ledger, attempt, { afterMs, failure }),
    drop: (attempt) => dropRegistration(ledger, attempt),
    noteWrite: (attempt, requestId) => noteWrite(ledger, attempt, requestId),
    writesOf: (tenant, userId) => writesOf(ledger, tenant, userId),
  };
}
