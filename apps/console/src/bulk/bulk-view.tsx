import type { Shipment } from '@keycourier/journey/model/shipment';
import type { BulkAction } from '@keycourier/ledger/bulk/bulk-action';
import type { BulkItem, OutcomeCount } from '@keycourier/ledger/bulk/bulk-actions';
import type { BulkOutcome } from '@keycourier/ledger/console-tables';
import { bulkTexts, describeOut } from '@keycourier/messages/bulk';
import type { VNode } from 'preact';

import { Tabs, type Tab } from '../pages/filters.tsx';
import { Token } from '../pages/layout.tsx';
import { countText, Empty, Facts, Head, Notice, Section } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { describeFilter } from './bulk-filter.ts';

export type ShownOutcome = Exclude<BulkOutcome, 'unjudged'>;

interface Props {
  bulk: BulkAction;
  counts: readonly OutcomeCount[];
  items: readonly BulkItem[];
  nextCursor: number | null;
  shipments: ReadonlyMap<string, Shipment>;
  show: ShownOutcome | undefined;
  code: string | undefined;
  /** Where to sign in first: there is no form before that. */
  stepUp: string | null;
  problem: string | undefined;
  viewer: Viewer;
}

export const titleOf = ({ action, total }: BulkAction): string => bulkTexts[action].title(countText(total));

export const BulkView = (props: Props): VNode => {
  const { bulk, counts, problem, viewer } = props;
  return (
    <>
      <Head title={titleOf(bulk)} above={{ href: pathIn(viewer, '/bulk'), text: 'Actions on filters' }}>
        <StateMark bulk={bulk} />
      </Head>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>{bulkTexts[bulk.action].effect}</p>
      <Facts rows={[...describeFilter(bulk.filter), ...factsOf(bulk, viewer)]} />
      {bulk.isCutOff && (
        <Notice tone="warn">{`The filter selected more: these are the newest ${countText(bulk.total)}. Repeat it for the others.`}</Notice>
      )}
      <Progress bulk={bulk} counts={counts} />
      <Reasons {...props} />
      <NextStep {...props} />
      <Items {...props} />
    </>
  );
};

export function StateMark({ bulk: { state, stopRequested } }: { bulk: BulkAction }): VNode {
  if (state === 'ended')
    return stopRequested === null ? <span class="badge good">Done</span> : <span class="badge warn">Stopped</span>;
  if (state === 'running') return <span class="badge">{stopRequested === null ? 'Runs' : 'Stops'}</span>;
  return <span class="badge">{state === 'checking' ? 'Dry run under way' : 'Dry run done'}</span>;
}

const factsOf = (bulk: BulkAction, viewer: Viewer) =>
  [
    ['By', bulk.actor.id],
    ...(bulk.reason === null ? [] : [['Reason', bulk.reason] as const]),
    ...(bulk.snoozeDays === null ? [] : [['Days', String(bulk.snoozeDays)] as const]),
    ['Selected', <Time key="selected" at={bulk.createdAt} viewer={viewer} />],
    ...(bulk.startedAt === null
      ? []
      : [['Started', <Time key="started" at={bulk.startedAt} viewer={viewer} />] as const]),
    ...(bulk.endedAt === null ? [] : [['Ended', <Time key="ended" at={bulk.endedAt} viewer={viewer} />] as const]),
    ...(bulk.stopRequested === 'access_ended'
      ? [['Stopped because', 'the access of who started it was ended'] as const]
      : []),
  ] as const;

const sumOf = (counts: readonly OutcomeCount[], ...outcomes: readonly BulkOutcome[]): number =>
  counts.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, { count }) => sum + count, 0);

/** How far the dry run, or the run, is. */
function Progress({ bulk, counts }: Pick<Props, 'bulk' | 'counts'>): VNode {
  const isRun = bulk.startedAt !== null;
  const done = isRun ? sumOf(counts, 'done', 'refused', 'failed') : bulk.total - sumOf(counts, 'unjudged');
  const all = isRun ? done + sumOf(counts, 'in') : bulk.total;
  const text = isRun
    ? `${countText(sumOf(counts, 'done'))} done, ${countText(sumOf(counts, 'refused', 'failed'))} not, ${countText(sumOf(counts, 'in'))} left`
    : `${countText(done)} of ${countText(all)} looked at`;
  return (
    <p>
      <progress max={Math.max(all, 1)} value={all === 0 ? 1 : done} aria-label={isRun ? 'Progress' : 'Dry run'} />{' '}
      <span class="quiet">{text}</span>
    </p>
  );
}

/** Who is out, grouped by the reason. */
function Reasons({ bulk, counts, viewer }: Props): VNode | null {
  const out = counts.filter(({ outcome, code }) => code !== null && outcome !== 'in');
  if (out.length === 0) return null;
  return (
    <Section id="out" title={`${countText(sumOf(out, 'out', 'refused', 'failed'))} have no part in it`}>
      <Table head={['Shipments', 'Why']}>
        {out.map(({ outcome, code, count }) => (
          <tr key={`${outcome} ${code ?? ''}`} id={`why-${outcome}-${code ?? ''}`}>
            <td class="number">
              <a href={addressIn(viewer, `/bulk/${bulk.id}`, { show: outcome, code: code ?? undefined })}>
                {countText(count)}
                <span class="visually-hidden"> shipments</span>
              </a>
            </td>
            <td>{describeOut(code ?? '')}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function NextStep({ bulk, counts, stepUp, viewer }: Props): VNode | null {
  if (bulk.state === 'checking')
    return <p class="quiet">The worker looks at each of them now. Without scripts, reload this page.</p>;
  if (bulk.state === 'running') return bulk.stopRequested === null ? <StopForm viewer={viewer} /> : null;
  if (bulk.state === 'ended')
    return (
      <p>
        <a class="button small plain" href={pathIn(viewer, `/bulk/${bulk.id}/result`)}>
          Result file
        </a>
      </p>
    );
  const count = sumOf(counts, 'in');
  if (count === 0) return <Empty title="There is nothing to do" />;
  if (stepUp !== null)
    return (
      <p>
        This sends PINs, and needs a sign-in of the last five minutes. <a href={stepUp}>Sign in once more</a>
      </p>
    );
  return <RunForm bulk={bulk} count={countText(count)} viewer={viewer} />;
}

const StopForm = ({ viewer }: { viewer: Viewer }): VNode => (
  <form method="post" class="form">
    <Token viewer={viewer} />
    <input type="hidden" name="do" value="stop" />
    <p class="quiet">It goes on when this page is closed. A stop leaves what is done as it is.</p>
    <div class="actions">
      <button type="submit" class="plain">
        Stop
      </button>
    </div>
  </form>
);

const RunForm = ({ bulk, count, viewer }: { bulk: BulkAction; count: string; viewer: Viewer }): VNode => (
  <form method="post" class="form">
    <Token viewer={viewer} />
    <input type="hidden" name="do" value="run" />
    <label class="field">
      Reason
      <textarea name="reason" rows={2} required minLength={3} maxLength={200} />
    </label>
    <div class="actions">
      <button type="submit" class={bulk.action === 'cancel' ? 'danger' : undefined}>
        {bulkTexts[bulk.action].title(count)}
      </button>
    </div>
    <p class="quiet">Each is looked at again before it is acted on: what changed after the dry run is left as it is.</p>
  </form>
);

const outcomeTitles: Readonly<Record<ShownOutcome, string>> = {
  in: 'In',
  out: 'Out',
  done: 'Done',
  unchanged: 'Unchanged',
  refused: 'Left',
  failed: 'Failed',
};

const outcomes: readonly ShownOutcome[] = ['in', 'done', 'unchanged', 'refused', 'failed', 'out'];

function tabsOf({ bulk, counts, show, viewer }: Props): readonly Tab[] {
  const path = `/bulk/${bulk.id}`;
  const present = outcomes.filter((one) => one === show || sumOf(counts, one) > 0);
  return [
    { title: 'All', count: bulk.total, href: pathIn(viewer, path), isCurrent: show === undefined },
    ...present.map((one) => ({
      title: outcomeTitles[one],
      count: sumOf(counts, one),
      href: addressIn(viewer, path, { show: one }),
      isCurrent: show === one,
    })),
  ];
}

const Items = (props: Props): VNode => {
  const { bulk, items, nextCursor, show, code, viewer } = props;
  return (
    <Section id="shipments" title="Shipments">
      <Tabs label="Outcome" tabs={tabsOf(props)} />
      {items.length === 0 ? (
        <Empty title="No shipments here" />
      ) : (
        <Table head={['Person', 'Outcome', 'When']} isLive>
          {items.map((item) => (
            <ItemRow key={item.position} item={item} shipment={props.shipments.get(item.shipmentId)} viewer={viewer} />
          ))}
        </Table>
      )}
      <Pager
        title="Further shipments"
        older={nextCursor === null ? null : addressIn(viewer, `/bulk/${bulk.id}`, { show, code, after: nextCursor })}
      />
    </Section>
  );
};

const tones: Readonly<Partial<Record<BulkOutcome, string>>> = {
  done: 'badge good',
  refused: 'badge warn',
  failed: 'badge bad',
};

const ItemRow = ({
  item,
  shipment,
  viewer,
}: {
  item: BulkItem;
  shipment: Shipment | undefined;
  viewer: Viewer;
}): VNode => (
  <tr id={`item-${item.position}`}>
    <td>
      <a data-row href={pathIn(viewer, `/shipments/${item.shipmentId}`)}>
        {shipment?.secrets.login ?? shipment?.user.id ?? item.shipmentId}
      </a>
    </td>
    <td>
      <span class={tones[item.outcome] ?? 'badge'}>
        {item.outcome === 'unjudged' ? 'Not yet looked at' : outcomeTitles[item.outcome]}
      </span>
      {item.code !== null && <span class="message">{describeOut(item.code)}</span>}
    </td>
    <TimeCell at={item.at} label="when" viewer={viewer} />
  </tr>
);
