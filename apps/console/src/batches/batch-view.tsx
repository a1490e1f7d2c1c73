import { statuses, statusOf, type Status } from '@keycourier/journey/model/status';
import type { Batch } from '@keycourier/ledger/batches/batches';
import type { BatchRow } from '@keycourier/ledger/batches/read-rows';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { problemsOf } from '@keycourier/operations/offered-actions';
import type { VNode } from 'preact';

import { Command, countText, Empty, NewRows, StatusMark, statusTitles } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

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
    <p class="trail">
      <a href={pathIn(viewer, '/batches')}>Batches</a>
    </p>
    <div class="head">
      <h1>
        <code>{batch.id}</code>
      </h1>
      {batch.dryRun && <span class="badge">dry run</span>}
    </div>
    <p class="quiet">
      {`${countText(batch.total)} rows, sent `}
      <Time at={batch.createdAt} viewer={viewer} />
      {`: ${countText(batch.accepted)} accepted, ${countText(batch.rejectedTotal)} rejected.`}
    </p>
    <Progress batch={batch} counts={counts} />
    <Tabs batch={batch} counts={counts} status={status} viewer={viewer} />
    <NewRows href={pathOf(batch, viewer, { status })} />
    {items.length === 0 ? <Empty title="No rows here" /> : <Rows items={items} viewer={viewer} />}
    <nav class="pager" aria-label="Pages">
      {nextCursor !== null && (
        <a rel="next" href={pathOf(batch, viewer, { status, after: nextCursor })}>
          Further rows
        </a>
      )}
    </nav>
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

function pathOf(batch: Batch, viewer: Viewer, { status, after }: { status: Props['status']; after?: number }): string {
  const query = new URLSearchParams({
    ...(status === undefined ? {} : { status }),
    ...(after === undefined ? {} : { after: String(after) }),
  }).toString();
  return pathIn(viewer, query === '' ? `/batches/${batch.id}` : `/batches/${batch.id}?${query}`);
}

const Tabs = ({ batch, counts, status, viewer }: Pick<Props, 'batch' | 'counts' | 'status' | 'viewer'>): VNode => (
  <ul class="tabs" aria-label="Status">
    <Tab
      title="All"
      count={batch.total}
      href={pathOf(batch, viewer, { status: undefined })}
      isCurrent={status === undefined}
    />
    {statuses
      .filter((one) => (counts[one] ?? 0) > 0)
      .map((one) => (
        <Tab
          key={one}
          title={statusTitles[one]}
          count={counts[one] ?? 0}
          href={pathOf(batch, viewer, { status: one })}
          isCurrent={status === one}
        />
      ))}
    {batch.rejectedTotal > 0 && (
      <Tab
        title="Rejected"
        count={batch.rejectedTotal}
        href={pathOf(batch, viewer, { status: 'rejected' })}
        isCurrent={status === 'rejected'}
      />
    )}
  </ul>
);

interface TabProps {
  title: string;
  count: number;
  href: string;
  isCurrent: boolean;
}

const Tab = ({ title, count, href, isCurrent }: TabProps): VNode => (
  <li>
    <a href={href} aria-current={isCurrent ? 'page' : undefined}>
      {`${title} `}
      <span class="number">{countText(count)}</span>
    </a>
  </li>
);

const Rows = ({ items, viewer }: Pick<Props, 'items' | 'viewer'>): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">Row</th>
          <th scope="col">Person</th>
          <th scope="col">Status</th>
          <th scope="col">Problems</th>
        </tr>
      </thead>
      <tbody data-rows>
        {items.map((row) => (
          <Row key={row.row} row={row} viewer={viewer} />
        ))}
      </tbody>
    </table>
  </div>
);

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
