import type { ImportAction } from '@keycourier/journey/hub/import-changes';
import type { ImportCount, ImportedRow } from '@keycourier/ledger/hub/import-people';
import type { Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { describeImportAction, describeImportProblem } from '@keycourier/messages/hub-imports';
import { describeRunProblem } from '@keycourier/messages/hub-people';
import type { VNode } from 'preact';

import { Tabs } from '../pages/filters.tsx';
import { Token } from '../pages/layout.tsx';
import { Command, countText, Empty, Facts, Head, Notice, OptionalReason } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { isUnderWay } from './hub-run-view.tsx';
import { RunMark, shareText, titleOf } from './hub-runs-view.tsx';

interface Props {
  run: Comparison;
  counts: readonly ImportCount[];
  rows: readonly ImportedRow[];
  nextCursor: string | null;
  isFirst: boolean;
  action: ImportAction | undefined;
  problem: string | undefined;
  viewer: Viewer;
}

/** One import, whom it changes in what, by ids and names of attributes; and the decision about one that is held. */
export const HubImportView = ({ run, rows, nextCursor, isFirst, action, problem, ...rest }: Props): VNode => {
  const { counts, viewer } = rest;
  const path = `/hub/runs/${run.id}`;
  return (
    <>
      <Head title={titleOf(run)} above={{ href: pathIn(viewer, '/hub/runs'), text: 'Runs of the hub' }}>
        <RunMark run={run} />
      </Head>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      {run.problem !== null && <Notice tone="bad">{describeRunProblem(run.problem)}</Notice>}
      {run.state === 'held' && <Held run={run} viewer={viewer} />}
      <Facts rows={factsOf(run, viewer)} />
      <h2>Report</h2>
      <Tabs
        label="Action"
        tabs={[
          { title: 'All', href: pathIn(viewer, path), isCurrent: action === undefined },
          ...counts.map(({ action: title, people: count }) => ({
            title,
            href: addressIn(viewer, path, { outcome: title }),
            isCurrent: action === title,
            count,
          })),
        ]}
      />
      {rows.length === 0 ? (
        <Empty title={isUnderWay(run) ? 'The report grows while the run goes on' : 'Everyone is as the hub says'} />
      ) : (
        <Rows rows={rows} viewer={viewer} />
      )}
      <Pager
        newest={isFirst ? null : addressIn(viewer, path, { outcome: action })}
        older={nextCursor === null ? null : addressIn(viewer, path, { outcome: action, after: nextCursor })}
        title="More"
      />
      <Command text={`keycourier hub import show ${run.id}`} />
    </>
  );
};

const factsOf = (run: Comparison, viewer: Viewer): [string, VNode | string][] => [
  ['Requested', <Time key="requested" at={run.requestedAt} viewer={viewer} />],
  ['Ended', <Time key="ended" at={run.endedAt} viewer={viewer} />],
  ['Users of the hub read', countText(run.counts['people'] ?? 0)],
  ['People of both orgs', countOf(run, 'linked')],
  ['Of them it changes', countOf(run, 'changed')],
  ...(run.heldShare === null ? [] : [['Share', shareText(run.heldShare)] satisfies [string, string]]),
  ['Id', <code key="id">{run.id}</code>],
];

const countOf = ({ counts }: Comparison, name: string): string => {
  const count = counts[name];
  return count === undefined ? 'not known until all is read' : countText(count);
};

const Held = ({ run, viewer }: Pick<Props, 'run' | 'viewer'>): VNode => (
  <>
    <Notice tone="warn">
      {`It would change ${shareText(run.heldShare ?? 0)} of the linked people, more than the link allows in one run. Nothing is written until an operator decides.`}
    </Notice>
    {includesRole(viewer.role, 'operator') && <Decide run={run} viewer={viewer} />}
  </>
);

const Decide = ({ run: { id }, viewer }: Pick<Props, 'run' | 'viewer'>): VNode => (
  <>
    <details>
      <summary>Release …</summary>
      <form method="post" action={pathIn(viewer, `/hub/runs/${id}`)} class="form sheet padded">
        <Token viewer={viewer} />
        <p>
          It writes what the report says. Of whom it would be something else, or more, by now, a later import decides.
        </p>
        <label class="field">
          Reason
          <input name="reason" required minLength={3} maxLength={200} autocomplete="off" />
        </label>
        <label class="choice">
          <input type="checkbox" name="confirmed" value="yes" required />
          <span>Change these people in the tenant’s org</span>
        </label>
        <div class="actions">
          <button class="danger" name="do" value="release">
            Release
          </button>
        </div>
      </form>
    </details>
    <details>
      <summary>Reject …</summary>
      <form method="post" action={pathIn(viewer, `/hub/runs/${id}`)} class="form sheet padded">
        <Token viewer={viewer} />
        <p>The import ends, and nothing is written. The next one finds the same, unless it is corrected.</p>
        <OptionalReason />
        <div class="actions">
          <button name="do" value="reject">
            Reject
          </button>
        </div>
      </form>
    </details>
  </>
);

const Rows = ({ rows, viewer }: Pick<Props, 'rows' | 'viewer'>): VNode => (
  <Table head={['In the hub', 'In the tenant’s org', 'What is done', 'Done']}>
    {rows.map(({ hubUserId, userId, action, fields, problem, writtenAt }) => (
      <tr key={hubUserId} id={hubUserId}>
        <td>
          <code>{hubUserId}</code>
        </td>
        <td data-label="tenant’s org:">
          {userId === null ? (
            <span class="quiet">–</span>
          ) : (
            <a href={addressIn(viewer, '/people', { user: userId })}>{userId}</a>
          )}
        </td>
        <td>
          {problem === null ? describeImportAction(action) : describeImportProblem(problem)}{' '}
          <code class="quiet">{[problem ?? action, ...fields].join(' ')}</code>
        </td>
        <TimeCell at={writtenAt} label="done" viewer={viewer} />
      </tr>
    ))}
  </Table>
);
