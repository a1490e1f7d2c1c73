import { AddressesRefused, type WriteBatch, type WriteContext } from './batch-to-write.ts';
import { orderRows } from './order-rows.ts';
import { writeFile } from './write-file.ts';

/** Writes in the thread of the caller. */
export const createWriteBatch =
  (context: WriteContext): WriteBatch =>
  async (batch) => {
    try {
      switch (batch.kind) {
        case 'file':
          return await writeFile(context, batch);
        case 'order':
          return await orderRows(context, batch);
      }
    } catch (error) {
      // Thrown, so that the transaction is rolled back.
      if (error instanceof AddressesRefused) return error.answer;
      throw error;
    }
  };
