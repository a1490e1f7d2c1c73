import type { DirectoryPort } from '@keycourier/journey/ports/directory';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordMembers } from '@keycourier/ledger/directory/groups/many-memberships';
import { findPerson } from '@keycourier/ledger/directory/shipments/find-person';
import { readMembership } from '@keycourier/ledger/directory/shipments/read-membership';
import { readProfile } from '@keycourier/ledger/directory/shipments/read-profile';
import { claimWelcome, releaseWelcome } from '@keycourier/ledger/directory/shipments/welcome';

/** The directory port on Postgres. */
export const createDirectoryPort = (ledger: Ledger): DirectoryPort => ({
  findPerson: (tenant, sought) => findPerson({ ledger, db: ledger.db }, tenant, sought),
  recordMembers: (tenant, event) => recordMembers(ledger, tenant, event),
  readMembership: (tenant, of) => readMembership(ledger, tenant, of),
  readProfile: (tenant, sought) => readProfile(ledger, tenant, sought),
  claimWelcome: (tenant, personId, { canMail }) => claimWelcome(ledger, { tenant, personId, canMail }),
  releaseWelcome: (tenant, personId) => releaseWelcome(ledger, tenant, personId),
});
