import type { Comparison } from '@keycourier/ledger/hub/list-comparisons';
import type { ComparisonState } from '@keycourier/ledger/hub/tables';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Command, countText, Empty, Notice } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { HubHead } from './hub-parts.tsx';

interface Props {
  items: readonly Comparison[];
  nextCursor: string | null;
  isFirst: boolean;
  /** The hub is the source of the tenant's people. */
  isSource: boolean;
  problem: string | undefined;
  viewer: Viewer;
}

const path = '/hub/runs';

/** The runs that compare both orgs whole, newest first. */
export const HubRunsView = ({ items, nextCursor, isFirst, isSource, problem, viewer }: Props): VNode => (
  <>
    <HubHead current="Runs" viewer={viewer}>
      {includesRole(viewer.role, 'operator') && <Start isSource={isSource} viewer={viewer} />}
    </HubHead>
    {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
    {items.length === 0 ? (
      <Empty title={isFirst ? 'No run yet' : 'This was the last page'}>
        A comparison reads both orgs whole, and makes those due who differ. An import makes the tenant’s org equal to
        the hub that is its source. They run by their schedules, or on demand.
      </Empty>
    ) : (
      <Rows items={items} viewer={viewer} />
    )}
    <Pager
      newest={isFirst ? null : pathIn(viewer, path)}
      older={nextCursor === null ? null : addressIn(viewer, path, { before: nextCursor })}
    />
    <Command text={isSource ? 'keycourier hub imports' : 'keycourier hub comparisons'} />
  </>
);

/** Each direction has its own runs; an import can be previewed before the hub is made the source. */
const starts = {
  pushed: [
    { act: 'compare', title: 'Compare now' },
    { act: 'report', title: 'Compare, and push no one' },
    { act: 'preview', title: 'Preview an import' },
  ],
  sourced: [
    { act: 'import', title: 'Import now' },
    { act: 'preview', title: 'Preview an import' },
  ],
} as const;

const Start = ({ isSource, viewer }: Pick<Props, 'isSource' | 'viewer'>): VNode => (
  <form method="post" action={pathIn(viewer, path)} class="actions">
    <Token viewer={viewer} />
    {starts[isSource ? 'sourced' : 'pushed'].map(({ act, title }, at) => (
      <button key={act} class={at === 0 ? 'small' : 'small plain'} name="do" value={act}>
        {title}
      </button>
    ))}
  </form>
);

/** What starts a run by itself. */
const causes: Readonly<Record<string, string>> = { schedule: 'by its schedule', settings: 'for a change of the link' };

const Rows = ({ items, viewer }: Pick<Props, 'items' | 'viewer'>): VNode => (
  <Table head={['Run', 'State', 'Found', 'Requested']}>
    {items.map((run) => (
      <tr key={run.id} id={run.id}>
        <td>
          <a data-row href={pathIn(viewer, `${path}/${run.id}`)}>
            {titleOf(run)}
          </a>
          <span class="quiet">{causes[run.requestedBy] ?? 'on demand'}</span>
        </td>
        <td>
          <RunMark run={run} />
        </td>
        <td>{foundText(run)}</td>
        <TimeCell at={run.requestedAt} label="requested" viewer={viewer} />
      </tr>
    ))}
  </Table>
);

export const titleOf = ({ kind, isDryRun }: Comparison): string => {
  const what = kind === 'import' ? 'Import of people' : 'Comparison of people';
  return isDryRun ? `${what}, dry run` : what;
};

const states: Readonly<Record<ComparisonState, { text: string; tone: string }>> = {
  pending: { text: 'waits', tone: ' warn' },
  spoke: { text: 'reads the tenant’s org', tone: ' warn' },
  hub: { text: 'reads the hub', tone: ' warn' },
  unmatched: { text: 'reads the rest', tone: ' warn' },
  held: { text: 'held', tone: ' bad' },
  writing: { text: 'writes', tone: ' warn' },
  rejected: { text: 'rejected', tone: '' },
  ended: { text: 'ended', tone: ' good' },
  failed: { text: 'failed', tone: ' bad' },
};

export const RunMark = ({ run: { state } }: { run: Comparison }): VNode => (
  <span class={`badge${states[state].tone}`}>{states[state].text}</span>
);

/** The share of an import is stored with the precision of a real. */
export const shareText = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

function foundText({ kind, counts, heldShare, state, isDryRun }: Comparison): string {
  if (kind === 'people') return comparedText(counts);
  const isWritten = state === 'ended' && !isDryRun;
  const share = heldShare === null ? '' : `, ${shareText(heldShare)}`;
  return `${countText(counts['people'] ?? 0)} read, ${countText(counts['changed'] ?? 0)} ${isWritten ? 'changed' : 'to change'}${share}`;
}

const comparedText = (counts: Comparison['counts']): string =>
  [
    { count: counts['compared'] ?? 0, text: 'compared' },
    { count: counts['due'] ?? 0, text: 'due' },
    { count: counts['off'] ?? 0, text: 'left as they are' },
  ]
    .flatMap(({ count, text }, at) => (count === 0 && at > 0 ? [] : [`${countText(count)} ${text}`]))
    .join(', ');
