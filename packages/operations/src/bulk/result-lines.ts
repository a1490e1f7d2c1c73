import { listBulkItems } from '@keycourier/ledger/bulk/bulk-actions';
import { readShipments } from '@keycourier/ledger/bulk/work-on-bulk';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { describeOut } from '@keycourier/messages/bulk';

/** The result file of an action on a filter: no address, no PIN. */
export const bulkColumns = ['number', 'shipmentId', 'login', 'oktaUserId', 'outcome', 'code', 'message', 'at'] as const;

type Line = Readonly<Record<(typeof bulkColumns)[number], string | number | null>>;

const rowsPerPage = 500;

type Run = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** What became of each shipment, read page by page in `run`: a slow reader keeps no connection. */
export async function* linesOfBulk(ledger: Ledger, id: string, run: Run = (work) => work()): AsyncGenerator<Line> {
  let after: number | null = 0;
  while (after !== null) {
    const page: Awaited<ReturnType<typeof readPage>> = await run(() => readPage(ledger, id, after ?? 0));
    yield* page.lines;
    after = page.nextCursor;
  }
}

async function readPage(
  ledger: Ledger,
  id: string,
  after: number,
): Promise<{ lines: readonly Line[]; nextCursor: number | null }> {
  const { items, nextCursor } = await listBulkItems(ledger, { id, after, limit: rowsPerPage });
  const ids = items.map(({ shipmentId }) => shipmentId);
  const shipments = await readShipments(ledger, ids);
  const lines = items.map(({ position, shipmentId, outcome, code, at }) => {
    const shipment = shipments.get(shipmentId);
    return {
      number: position,
      shipmentId,
      login: shipment?.secrets.login ?? null,
      oktaUserId: shipment?.user.id ?? null,
      outcome: outcome === 'in' ? 'not_run' : outcome,
      code,
      message: code === null ? null : describeOut(code),
      at: at?.toISOString() ?? null,
    };
  });
  return { lines, nextCursor };
}
