import type { Batch, BatchRow } from '../api/shapes.ts';
import { inOneLine } from '../output/problems.ts';
import { paintStatus } from '../output/status-colour.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

interface Details {
  dryRun: boolean;
  /** The rows that need attention; null without --wait. */
  attention: readonly BatchRow[] | null;
  resultFile: string | undefined;
}

const maxRows = 100;

/** The totals of a batch, and the rows that need attention. */
export function describeBatch(terminal: Terminal, batch: Batch, { dryRun, attention, resultFile }: Details): string {
  const { paint } = terminal;
  const name = dryRun ? `${batch.id} (dry run)` : batch.id;
  const rejected = batch.rejectedTotal === 0 ? 'none rejected' : paint.red(`${batch.rejectedTotal} rejected`);
  const statuses = Object.entries(batch.statuses).map(([status, count]) => `${count} ${paintStatus(paint, status)}`);
  return [
    `${name}: ${batch.total} rows, ${paint.green(`${batch.accepted} accepted`)}, ${rejected}`,
    ...(statuses.length === 0 ? [] : [`Now: ${statuses.join(', ')}`]),
    ...rowLines(terminal, batch, attention),
    ...(resultFile === undefined ? [] : [`Result of each row: ${resultFile}`]),
  ].join('\n');
}

function rowLines(terminal: Terminal, batch: Batch, attention: readonly BatchRow[] | null): string[] {
  const total = attention === null ? batch.rejectedTotal : attention.length;
  const drawn = Math.min(maxRows, (attention ?? batch.rejected).length);
  if (drawn === 0) return [];
  return [
    '',
    attention === null
      ? drawRejected(terminal, batch.rejected.slice(0, maxRows))
      : drawRows(terminal, attention.slice(0, maxRows)),
    ...(total > drawn ? [terminal.paint.dim(`and ${total - drawn} more; --result FILE lists all rows`)] : []),
  ];
}

const drawRejected = (terminal: Terminal, rows: Batch['rejected']): string =>
  table(
    terminal,
    [
      { title: 'ROW', of: ({ row }) => String(row) },
      { title: 'REASON', of: ({ problems }) => inOneLine(problems) },
    ],
    rows,
  );

const drawRows = (terminal: Terminal, rows: readonly BatchRow[]): string =>
  table(
    terminal,
    [
      { title: 'ROW', of: ({ row }) => String(row) },
      { title: 'USER', of: ({ user }) => user.login ?? user.id ?? '' },
      {
        title: 'STATUS',
        of: ({ status }) => status,
        paint: (text) => (text === 'rejected' ? terminal.paint.red(text) : paintStatus(terminal.paint, text)),
      },
      { title: 'SHIPMENT', of: ({ shipmentId }) => shipmentId ?? '', isExtra: true },
      { title: 'PROBLEMS', of: ({ problems }) => inOneLine(problems) },
    ],
    rows,
  );
