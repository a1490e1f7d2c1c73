import type { Compared, Comparison } from '@keycourier/ledger/hub/list-comparisons';
import { describeCompared, describeRunProblem } from '@keycourier/messages/hub-people';
import type { VNode } from 'preact';

import { Tabs, type Tab } from '../pages/filters.tsx';
import { Command, countText, Empty, Facts, Head, Notice } from '../pages/parts.tsx';
import { Pager, Table } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { RunMark, titleOf } from './hub-runs-view.tsx';

interface Props {
  run: Comparison;
  rows: readonly Compared[];
  nextCursor: string | null;
  isFirst: boolean;
  outcome: string | undefined;
  viewer: Viewer;
}

/** One comparison and its report, by ids alone. */
export const HubRunView = ({ run, rows, nextCursor, isFirst, outcome, viewer }: Props): VNode => {
  const path = `/hub/runs/${run.id}`;
  return (
    <>
      <Head title={titleOf(run)} above={{ href: pathIn(viewer, '/hub/runs'), text: 'Runs of the hub' }}>
        <RunMark run={run} />
      </Head>
      {run.problem !== null && <Notice tone="bad">{describeRunProblem(run.problem)}</Notice>}
      <Facts rows={factsOf(run, viewer)} />
      <h2>Report</h2>
      <Tabs label="Outcome" tabs={tabsOf(run, { outcome, path, viewer })} />
      {rows.length === 0 ? (
        <Empty title={isUnderWay(run) ? 'The report grows while the run goes on' : 'No one differs'} />
      ) : (
        <Rows
          rows={rows}
          otherwise={run.isDryRun ? 'nothing: it is a dry run' : 'due before, or tried again in its time'}
          viewer={viewer}
        />
      )}
      <Pager
        newest={isFirst ? null : addressIn(viewer, path, { outcome })}
        older={nextCursor === null ? null : addressIn(viewer, path, { outcome, after: nextCursor })}
        title="More"
      />
      <Command text={`keycourier hub comparisons ${run.id}`} />
    </>
  );
};

export const isUnderWay = ({ endedAt, state }: Comparison): boolean => endedAt === null && state !== 'held';

const factsOf = (run: Comparison, viewer: Viewer): [string, VNode | string][] => [
  ['Requested', <Time key="requested" at={run.requestedAt} viewer={viewer} />],
  ['Ended', <Time key="ended" at={run.endedAt} viewer={viewer} />],
  ['Pages read', countText(run.pages)],
  ['People compared', countText(run.counts['compared'] ?? 0)],
  ['Made due', run.isDryRun ? 'no one: it is a dry run' : countText(run.counts['due'] ?? 0)],
  ['Left as they are, for a part of the link is off', countText(run.counts['off'] ?? 0)],
  ['Id', <code key="id">{run.id}</code>],
];

const totals = new Set(['compared', 'due', 'off']);

function tabsOf(
  { counts }: Comparison,
  { outcome, path, viewer }: { outcome: string | undefined; path: string; viewer: Viewer },
): Tab[] {
  const found = Object.entries(counts).filter(([name, count]) => !totals.has(name) && count > 0);
  return [
    { title: 'All', href: pathIn(viewer, path), isCurrent: outcome === undefined },
    ...found.map(([name, count]) => ({
      title: name.replaceAll('_', ' '),
      href: addressIn(viewer, path, { outcome: name }),
      isCurrent: outcome === name,
      count,
    })),
  ];
}

interface RowsProps extends Pick<Props, 'rows' | 'viewer'> {
  /** What becomes of those whom the run itself did not make due. */
  otherwise: string;
}

const Rows = ({ rows, otherwise, viewer }: RowsProps): VNode => (
  <Table head={['Person', 'In the hub', 'Outcome', 'What is done']}>
    {rows.map(({ userId, hubUserId, outcome, isDue, isOff }) => (
      <tr key={userId} id={userId}>
        <td>
          <a data-row href={addressIn(viewer, '/hub/people', { user: userId })}>
            {userId}
          </a>
        </td>
        <td data-label="in the hub:">{hubUserId === null ? <span class="quiet">–</span> : <code>{hubUserId}</code>}</td>
        <td>
          {describeCompared(outcome)} <code class="quiet">{outcome}</code>
        </td>
        <td>
          {isDue && <span class="badge warn">due</span>}
          {isOff && <span class="quiet">nothing: that part of the link is off</span>}
          {!isDue && !isOff && <span class="quiet">{otherwise}</span>}
        </td>
      </tr>
    ))}
  </Table>
);
