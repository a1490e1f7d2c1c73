import { mirrorStates, type MirrorStateName } from '@keycourier/journey/hub/person-changes';
import type { Mirror, MirrorCondition, MirrorCounts } from '@keycourier/ledger/hub/list-mirrors';
import { describeDrift, describeHubPersonProblem } from '@keycourier/messages/hub-people';
import type { VNode } from 'preact';

import { FilterField, Filters, Tabs, type Tab } from '../pages/filters.tsx';
import { Token } from '../pages/layout.tsx';
import { Command, Empty, Notice, OptionalReason } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { HubHead } from './hub-parts.tsx';
import { InitialStatusField } from './hub-settings.tsx';

export interface PeopleFilter {
  show?: MirrorCondition | undefined;
  state?: MirrorStateName | undefined;
  /** An id of either org, or a login. */
  user?: string | undefined;
}

interface Props {
  items: readonly Mirror[];
  nextCursor: string | null;
  isFirst: boolean;
  /** By the id in the spoke, where the login is known. */
  logins: ReadonlyMap<string, string>;
  counts: MirrorCounts;
  filter: PeopleFilter;
  problem: string | undefined;
  viewer: Viewer;
}

const path = '/hub/people';

export const HubPeopleView = (props: Props): VNode => {
  const { items, nextCursor, isFirst, filter, counts, problem, viewer } = props;
  return (
    <>
      <HubHead current="People" viewer={viewer} />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <Tabs label="People" tabs={tabsOf(filter, counts, viewer)} />
      <Filters action={pathIn(viewer, path)} kept={{ show: filter.show }}>
        <FilterField name="user" title="Okta id in either org, or login" value={filter.user} maxLength={254} />
        <StateField state={filter.state} />
      </Filters>
      {items.length === 0 ? <NoPeople {...props} /> : <Rows {...props} />}
      <Pager
        newest={isFirst ? null : addressIn(viewer, path, { ...filter })}
        older={nextCursor === null ? null : addressIn(viewer, path, { ...filter, after: nextCursor })}
        title="More"
      />
      {includesRole(viewer.role, 'operator') && <Assign viewer={viewer} />}
      <Command text={filter.show === 'problem' ? 'keycourier hub people --problems' : 'keycourier hub people'} />
    </>
  );
};

const totalOf = ({ states }: MirrorCounts): number => Object.values(states).reduce((sum, people) => sum + people, 0);

function tabsOf({ show, ...rest }: PeopleFilter, counts: MirrorCounts, viewer: Viewer): Tab[] {
  const refused = counts.problems.reduce((sum, { people }) => sum + people, 0);
  return [
    { title: 'All', of: undefined, count: totalOf(counts) },
    { title: 'With a problem', of: 'problem' as const, count: refused },
    { title: 'Due', of: 'due' as const, count: counts.due },
    { title: 'Users differ', of: 'drift' as const, count: counts.drift },
  ].map(({ title, of, count }) => ({
    title,
    href: addressIn(viewer, path, { ...rest, show: of }),
    isCurrent: show === of,
    count,
  }));
}

export const stateTitles: Readonly<Record<MirrorStateName, string>> = {
  new: 'not in the hub',
  creating: 'being created',
  waking: 'being activated',
  linked: 'in the hub',
  left: 'deactivated',
};

const StateField = ({ state }: { state: MirrorStateName | undefined }): VNode => (
  <label>
    State
    <select name="state">
      <option value="">any</option>
      {mirrorStates.map((one) => (
        <option key={one} value={one} selected={one === state}>
          {stateTitles[one]}
        </option>
      ))}
    </select>
  </label>
);

function NoPeople({ filter, counts, isFirst }: Props): VNode {
  if (!isFirst) return <Empty title="This was the last page" />;
  if (totalOf(counts) === 0)
    return (
      <Empty title="No one is pushed to the hub yet">
        Switch on what the link may do, then assign people below, or with{' '}
        <code>{'keycourier hub assign <user ids>'}</code>.
      </Empty>
    );
  if (filter.user !== undefined)
    return (
      <Empty title="The link has no such person">
        A login is known of those for whom a key was requested. Find others by their Okta id.
      </Empty>
    );
  return <Empty title="No one here">Nothing is to be done for these people.</Empty>;
}

const Rows = ({ items, logins, viewer }: Pick<Props, 'items' | 'logins' | 'viewer'>): VNode => (
  <Table head={['Person', 'State', 'What to look at', 'Written']}>
    {items.map((mirror) => (
      <tr key={mirror.id} id={mirror.id}>
        <td>
          <a data-row href={pathIn(viewer, `${path}/${mirror.id}`)}>
            {logins.get(mirror.userId) ?? mirror.userId}
          </a>
          {logins.has(mirror.userId) && <code class="code">{mirror.userId}</code>}
        </td>
        <td>
          <StateMark mirror={mirror} />
        </td>
        <td data-label={mirror.problem === null && mirror.drift.length === 0 ? '' : 'to look at:'}>
          <ToLookAt mirror={mirror} />
        </td>
        <TimeCell at={mirror.writtenAt} label="written" viewer={viewer} />
      </tr>
    ))}
  </Table>
);

export const StateMark = ({ mirror: { state, problem, isDue } }: { mirror: Mirror }): VNode => (
  <>
    <span class={`badge${problem !== null ? ' bad' : state === 'linked' ? ' good' : ''}`}>{stateTitles[state]}</span>
    {isDue && ' '}
    {isDue && <span class="badge warn">due</span>}
  </>
);

export const ToLookAt = ({ mirror: { problem, problemFields, drift } }: { mirror: Mirror }): VNode =>
  problem === null && drift.length === 0 ? (
    <span class="quiet">nothing</span>
  ) : (
    <>
      {problem !== null && (
        <span class="message">
          {describeHubPersonProblem(problem)} <code class="quiet">{[problem, ...problemFields].join(' ')}</code>
        </span>
      )}
      {drift.length > 0 && <span class="message warn">{`The two users differ in: ${describeDrift(drift)}.`}</span>}
    </>
  );

const Assign = ({ viewer }: { viewer: Viewer }): VNode => (
  <details>
    <summary>Assign people …</summary>
    <form method="post" action={pathIn(viewer, path)} class="form sheet padded">
      <Token viewer={viewer} />
      <label class="field">
        Okta ids in the tenant’s org, one a line, 1,000 at most
        <textarea name="userIds" rows={4} maxLength={101_000} required spellcheck={false} />
      </label>
      <InitialStatusField name="initialStatus" title="Initial status" chosen={null} />
      <p class="quiet">They are created in the hub, or linked by their login, where the link may do that.</p>
      <OptionalReason />
      <div class="actions">
        <button type="submit">Assign</button>
      </div>
    </form>
  </details>
);
