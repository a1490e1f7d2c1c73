import { statuses, statusOf, type Status } from '@keycourier/journey/model/status';
import type { Batch } from '@keycourier/ledger/batches/batches';
import type { BatchRow } from '@keycourier/ledger/batches/read-rows';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { problemsOf } from '@keycourier/operations/offered-actions';
import type { VNode } from 'preact';

import { Tabs, type Tab } from '../pages/filters.tsx';
import { Command, countText, Empty, Head, NewRows, StatusMark, statusTitles } from '../pages/parts.tsx';
import { Pager, Table } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';

interface Props {
  batch: Batch;
  counts: Readonly<Record<string, number>>;
  items: readonly BatchRow[];
  nextCursor: number | null;
  status: Status | 'rejected' | undefined;
  viewer: Viewer;
}

/** A batch's progress by status, and its rows in the order of the file. */
export const BatchView = ({ batch, counts, items, nextCursor, status, viewer }: Props): VNode => (
  <>
    <Head title={<code>{batch.id}</code>} above={{ href: pathIn(viewer, '/batches'), text: 'Batches' }}>
      {batch.dryRun && <span class="badge">dry run</span>}
    </Head>
    <p class="quiet">
      {`${countText(batch.total)} rows, sent `}
      <Time at={batch.createdAt} viewer={viewer} />
      {`: ${countText(batch.accepted)} accepted, ${countText(batch.rejectedTotal)} rejected.`}
    </p>
    <Progress batch={batch} counts={counts} />
    <Tabs label="Status" tabs={tabsOf({ batch, counts, status, viewer })} />
    <NewRows href={pathOf(batch, viewer, { status })} />
    {items.length === 0 ? (
      <Empty title="No rows here" />
    ) : (
      <Table head={['Row', 'Person', 'Status', 'Problems']} isLive>
        {items.map((row) => (
          <Row key={row.row} row={row} viewer={viewer} />
        ))}
      </Table>
    )}
    <Pager
      older={nextCursor === null ? null : pathOf(batch, viewer, { status, after: nextCursor })}
      title="Further rows"
    />
    <Command text={`keycourier batch watch ${batch.id}`} />
  </>
);

const ended: readonly Status[] = ['pin_sent', 'completed', 'failed', 'cancelled'];

function Progress({ batch, counts }: Pick<Props, 'batch' | 'counts'>): VNode {
  const done = ended.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  return (
    <p>
      <progress max={Math.max(batch.accepted, 1)} value={done} aria-label="Ended shipments" />{' '}
      <span class="quiet">{`${countText(done)} of ${countText(batch.accepted)} ended`}</span>
    </p>
  );
}

const pathOf = (
  { id }: Batch,
  viewer: Viewer,
  query: { status: Props['status']; after?: number | undefined },
): string => addressIn(viewer, `/batches/${id}`, query);

function tabsOf({ batch, counts, status, viewer }: Pick<Props, 'batch' | 'counts' | 'status' | 'viewer'>): Tab[] {
  const tab = (title: string, count: number, one: Props['status']): Tab => ({
    title,
    count,
    href: pathOf(batch, viewer, { status: one }),
    isCurrent: status === one,
  });
  const rejected = batch.rejectedTotal > 0 ? [tab('Rejected', batch.rejectedTotal, 'rejected')] : [];
  const present = statuses.filter((one) => (counts[one] ?? 0) > 0);
  return [
    tab('All', batch.total, undefined),
    ...present.map((one) => tab(statusTitles[one], counts[one] ?? 0, one)),
    ...rejected,
  ];
}

function Row({ row, viewer }: { row: BatchRow; viewer: Viewer }): VNode {
  const problems = row.outcome === 'rejected' ? row.problems : problemsOf(row.shipment);
  return (
    <tr id={`row-${row.row}`}>
      <td class="number" data-label="row">
        {row.row}
      </td>
      <td>
        <Person row={row} viewer={viewer} />
      </td>
      <td>
        {row.outcome === 'rejected' ? (
          <span class="badge bad">Rejected</span>
        ) : (
          <StatusMark status={statusOf(row.shipment.plan)} />
        )}
      </td>
      <td>
        {problems.map((problem) => (
          <span key={`${problem.field} ${problem.code}`} class="message">
            {describeProblem(problem).message}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Person({ row, viewer }: { row: BatchRow; viewer: Viewer }): VNode {
  if (row.outcome === 'rejected') return <>{row.subject.login ?? row.subject.id ?? '–'}</>;
  const { id, secrets, user } = row.shipment;
  return (
    <a data-row href={pathIn(viewer, `/shipments/${id}`)}>
      {secrets.login ?? user.id ?? 'erased'}
    </a>
  );
}
