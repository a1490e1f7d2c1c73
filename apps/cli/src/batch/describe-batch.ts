import type { Batch, BatchRow } from '../api/shapes.ts';
import { inOneLine } from '../output/problems.ts';
import { paintStatus } from '../output/status-colour.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

interface About {
  dryRun: boolean;
  /** The rows that need somebody, where the batch was waited for. */
  troubled: readonly BatchRow[] | null;
  resultFile: string | undefined;
}

const mostShown = 100;

/** What became of a batch: the sums, and every row that needs somebody. */
export function describeBatch(terminal: Terminal, batch: Batch, { dryRun, troubled, resultFile }: About): string {
  const { paint } = terminal;
  const what = dryRun ? `${batch.id} (a rehearsal)` : batch.id;
  const rejected = batch.rejectedTotal === 0 ? 'none rejected' : paint.red(`${batch.rejectedTotal} rejected`);
  const statuses = Object.entries(batch.statuses).map(([status, count]) => `${count} ${paintStatus(paint, status)}`);
  return [
    `${what}: ${batch.total} rows, ${paint.green(`${batch.accepted} accepted`)}, ${rejected}`,
    ...(statuses.length === 0 ? [] : [`Now: ${statuses.join(', ')}`]),
    ...rowLines(terminal, batch, troubled),
    ...(resultFile === undefined ? [] : [`What became of each row is in ${resultFile}`]),
  ].join('\n');
}

function rowLines(terminal: Terminal, batch: Batch, troubled: readonly BatchRow[] | null): string[] {
  const shown = troubled === null ? batch.rejected.slice(0, mostShown) : troubled.slice(0, mostShown);
  if (shown.length === 0) return [];
  const all = troubled === null ? batch.rejectedTotal : troubled.length;
  const more = all - shown.length;
  return [
    '',
    troubled === null
      ? drawRejected(terminal, batch.rejected.slice(0, mostShown))
      : drawRows(terminal, troubled.slice(0, mostShown)),
    ...(more > 0 ? [terminal.paint.dim(`and ${more} more; --result FILE tells of all of them`)] : []),
  ];
}

const drawRejected = (terminal: Terminal, rows: Batch['rejected']): string =>
  table(
    terminal,
    [
      { title: 'ROW', of: ({ row }) => String(row) },
      { title: 'WHY IT IS REJECTED', of: ({ problems }) => inOneLine(problems) },
    ],
    rows,
  );

const drawRows = (terminal: Terminal, rows: readonly BatchRow[]): string =>
  table(
    terminal,
    [
      { title: 'ROW', of: ({ row }) => String(row) },
      { title: 'PERSON', of: ({ user }) => user.login ?? user.id ?? '' },
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
