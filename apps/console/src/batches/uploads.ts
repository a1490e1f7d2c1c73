import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { UploadShares } from '@keycourier/operations/batches/upload-shares';
import type { Contention } from '@keycourier/runtime/contention';

/** For files: transactions of thousands of rows have a connection of their own, with longer limits. */
export interface BatchUploads {
  ledger: Ledger;
  shares: UploadShares;
  contention: Contention;
}
