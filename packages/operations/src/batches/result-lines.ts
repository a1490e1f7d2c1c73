import { statusOf } from '@keycourier/journey/model/status';
import { readRows, type BatchRow, type RowQuery } from '@keycourier/ledger/batches/read-rows';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { describeProblem } from '@keycourier/messages/describe-problem';

import { problemsOf } from '../offered-actions.ts';

/** The result file of a batch. */
export const batchColumns = [
  'row',
  'status',
  'login',
  'userId',
  'shipmentId',
  'trackingUrl',
  'problems',
  'messages',
  'suggestion',
] as const;

type Line = Readonly<Record<(typeof batchColumns)[number], string | number | null>>;

const rowsPerPage = 200;

type Run = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** The result of each row, read page by page in `run`: a slow reader keeps no connection. */
export async function* linesOfBatch(
  ledger: Ledger,
  batchId: string,
  run: Run = (work) => work(),
): AsyncGenerator<Line> {
  let after: number | null = 0;
  while (after !== null) {
    const query: RowQuery = { batchId, after, limit: rowsPerPage };
    const page: Awaited<ReturnType<typeof readRows>> = await run(() => readRows(ledger, query));
    for (const row of page.items) yield lineOf(row);
    after = page.nextCursor;
  }
}

function lineOf(result: BatchRow): Line {
  if (result.outcome === 'rejected') {
    const { row, subject, problems } = result;
    const noShipment = { shipmentId: null, trackingUrl: null, suggestion: '' };
    return { row, status: 'rejected', login: subject.login, userId: subject.id, ...noShipment, ...inText(problems) };
  }
  const { row, shipment } = result;
  const { id, plan, user, secrets, parcel } = shipment;
  return {
    row,
    status: statusOf(plan),
    login: secrets.login ?? null,
    userId: user.id,
    shipmentId: id,
    trackingUrl: parcel.trackingUrl,
    ...inText(problemsOf(shipment)),
    suggestion: Object.entries(secrets.suggestion?.values ?? {})
      .flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}`]))
      .join('; '),
  };
}

const inText = (problems: ReturnType<typeof problemsOf>): { problems: string; messages: string } => ({
  problems: problems.map(({ field, code }) => `${field}:${code}`).join(' '),
  messages: problems.map((problem) => describeProblem(problem).message).join(' '),
});
