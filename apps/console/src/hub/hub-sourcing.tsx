import type { LinkSettings } from '@keycourier/ledger/hub/settings';
import { sourcingTimes, type Sourcing } from '@keycourier/ledger/hub/sourcing';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Facts, OptionalReason, Section } from '../pages/parts.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { initialStatusTitles } from './hub-parts.tsx';

interface Props {
  settings: LinkSettings;
  viewer: Viewer;
}

/** The other direction of a link: the hub as the source of the tenant's people. */
export const HubSourcing = ({ settings, viewer }: Props): VNode => (
  <Section id="sourcing" title="The hub as the source">
    <Facts rows={rowsOf(settings)} />
    {includesRole(viewer.role, 'admin') && <Change settings={settings} viewer={viewer} />}
  </Section>
);

const parts = [
  { name: 'create', title: 'Create whom the tenant’s org does not have', off: 'they are reported as unmatched' },
  {
    name: 'deactivate',
    title: 'Deactivate whom the hub deactivated or deleted',
    off: 'they stay active in the tenant’s org',
  },
  { name: 'reactivate', title: 'Activate again who comes back', off: 'they stay deactivated in the tenant’s org' },
] as const;

export const minuteMs = 60_000;

/** A share and a time as the fields have them; the share is stored with the precision of a real. */
const percentOf = ({ maxShare }: Sourcing): number => Number((maxShare * 100).toFixed(2));
const minutesOf = ({ everyMs }: Sourcing): number | null =>
  everyMs === null ? null : Number((everyMs / minuteMs).toFixed(4));

function rowsOf({ sourcing, initialStatus }: LinkSettings): [string, VNode | string][] {
  if (!sourcing.isOn) return [['Sourcing', 'off: no one is imported from the hub']];
  const minutes = minutesOf(sourcing);
  return [
    [
      'Sourcing',
      <span key="on" class="badge good">
        on
      </span>,
    ],
    ...parts.map(({ name, title, off }): [string, VNode] => [
      title,
      sourcing[name] ? (
        <span class="badge good">on</span>
      ) : (
        <>
          <span class="badge warn">off</span> {off}
        </>
      ),
    ]),
    ...(sourcing.create
      ? [['Initial status', initialStatusTitles[initialStatus.create]] satisfies [string, string]]
      : []),
    ['Held for an operator', `an import that would change more than ${percentOf(sourcing)} % of the linked people`],
    ['Imports', minutes === null ? 'on demand alone' : `every ${minutes} minutes, and of everyone once a day`],
  ];
}

const Change = ({ settings: { revision, sourcing }, viewer }: Props): VNode => (
  <details>
    <summary>Change sourcing …</summary>
    <form method="post" action={pathIn(viewer, '/hub')} class="form sheet padded">
      <Token viewer={viewer} />
      <input type="hidden" name="revision" value={revision} />
      <Fields sourcing={sourcing} />
      <p class="quiet">
        While it is on, an import of everyone follows a change. Preview one first, under{' '}
        <a href={pathIn(viewer, '/hub/runs')}>Runs</a>: it says whom it would change, and writes nothing.
      </p>
      <OptionalReason />
      <div class="actions">
        <button name="do" value="source">
          Save
        </button>
      </div>
    </form>
  </details>
);

const Fields = ({ sourcing }: { sourcing: Sourcing }): VNode => (
  <>
    <fieldset>
      <legend>Profile sourcing, from the hub to the tenant’s org</legend>
      <label class="choice">
        <input type="checkbox" name="isOn" defaultChecked={sourcing.isOn} />
        <span>The hub is the source: import its people, and push no one there</span>
      </label>
      {parts.map(({ name, title }) => (
        <label key={name} class="choice">
          <input type="checkbox" name={name} defaultChecked={sourcing[name]} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
    <label class="field">
      Of the linked people, how many percent one import may change without an operator
      <input name="maxShare" type="number" min={0} max={100} step="any" required value={percentOf(sourcing)} />
    </label>
    <label class="field">
      Minutes between imports; empty: on demand alone
      <input
        name="everyMinutes"
        type="number"
        min={sourcingTimes.minEveryMs / minuteMs}
        max={sourcingTimes.maxEveryMs / minuteMs}
        step="any"
        value={minutesOf(sourcing) ?? ''}
      />
    </label>
  </>
);
