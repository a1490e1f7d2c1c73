import type { ImportPort } from '@keycourier/journey/ports/hub-imports';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import {
  isLinkedToOthers,
  linkSourced,
  noteCreatingSourced,
  readDueImports,
  readSourcedLink,
  recordWritten,
} from '@keycourier/ledger/hub/import-people';
import {
  countChanges,
  endImport,
  endReading,
  findTargets,
  readImportSettings,
  readUnseen,
  recordImported,
  recordTargets,
  restartImport,
} from '@keycourier/ledger/hub/imports';

/** Imports from hubs on Postgres. */
export const createImportPort = (ledger: Ledger): ImportPort => ({
  settings: (tenant) => readImportSettings(ledger, tenant),
  restart: (attempt) => restartImport(ledger, attempt),
  recordTargets: (attempt, next, targets) => recordTargets(ledger, attempt, { next, targets }),
  targetsOf: (attempt, people) => findTargets(ledger, attempt, people),
  isOthers: (attempt, link) => isLinkedToOthers(ledger, attempt, link),
  recordPeople: (attempt, next, people) => recordImported(ledger, attempt, { next, people }),
  unseen: (attempt, limit) => readUnseen(ledger, attempt, limit),
  countChanges: (attempt) => countChanges(ledger, attempt),
  endReading: (attempt, changes, to) => endReading(ledger, attempt, { changes, to }),
  end: (attempt, end, range) => endImport(ledger, attempt, { end, range }),
  due: (attempt, limit) => readDueImports(ledger, attempt, limit),
  linkOf: (attempt, hubUserId) => readSourcedLink(ledger, attempt, hubUserId),
  noteCreating: (attempt, hubUserId, login) => noteCreatingSourced(ledger, attempt, { hubUserId, login }),
  link: (attempt, link) => linkSourced(ledger, attempt, link),
  recordWritten: (attempt, hubUserId, end) => recordWritten(ledger, attempt, { hubUserId, ...end }),
});
