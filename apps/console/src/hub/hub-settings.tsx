import { initialStatuses, type InitialStatus } from '@keycourier/journey/hub/person-changes';
import { comparisonLimits } from '@keycourier/ledger/hub/require-comparisons';
import type { LinkSettings } from '@keycourier/ledger/hub/settings';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Facts, OptionalReason, Section } from '../pages/parts.tsx';
import { Table } from '../pages/tables.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { initialStatusTitles } from './hub-parts.tsx';
import { HubSourcing } from './hub-sourcing.tsx';

interface Props {
  settings: LinkSettings;
  viewer: Viewer;
}

/** What the link may do, and how the hub's profile is made. */
export const HubSettings = ({ settings, viewer }: Props): VNode => (
  <>
    <Section id="pushed" title="What is pushed">
      <Facts rows={rowsOf(settings)} />
      {includesRole(viewer.role, 'admin') && <Change settings={settings} viewer={viewer} />}
    </Section>
    <HubSourcing settings={settings} viewer={viewer} />
    <Mapping mapping={settings.mapping} />
  </>
);

const parts = [
  { name: 'create', title: 'Create, or link by login', off: 'no one who is assigned gets a user in the hub' },
  { name: 'update', title: 'Update', off: 'changed profiles stay as they are in the hub' },
  { name: 'deactivate', title: 'Deactivate', off: 'who leaves stays active in the hub' },
  { name: 'reactivate', title: 'Reactivate', off: 'who comes back stays deactivated in the hub' },
  { name: 'sendEmail', title: 'Mail from Okta at an activation', off: 'Okta mails no user who is activated' },
] as const;

const times = [
  { name: 'onCreate', when: 'create', title: 'Initial status on create' },
  { name: 'onLink', when: 'link', title: 'Initial status on link' },
  { name: 'onReactivation', when: 'reactivation', title: 'Initial status on reactivation' },
] as const;

export const hourMs = 3_600_000;

/** As the field has it. */
const hoursOf = ({ compareEveryMs }: LinkSettings): number | null =>
  compareEveryMs === null ? null : Number((compareEveryMs / hourMs).toFixed(4));

const comparedText = (hours: number | null): string =>
  hours === null ? 'on demand, and after a change of the link' : `every ${hours} hours, and after a change of the link`;

const rowsOf = (settings: LinkSettings): [string, VNode | string][] => [
  ...parts.map(({ name, title, off }): [string, VNode] => [
    title,
    settings.switches[name] ? (
      <span class="badge good">on</span>
    ) : (
      <>
        <span class="badge warn">off</span> {off}
      </>
    ),
  ]),
  ...times.map(({ when, title }): [string, string] => [title, initialStatusTitles[settings.initialStatus[when]]]),
  ['Everyone is compared', comparedText(hoursOf(settings))],
];

/** Its revision keeps a form from undoing what another admin changed meanwhile. */
const Change = ({ settings, viewer }: Props): VNode => (
  <details>
    <summary>Change what is pushed …</summary>
    <form method="post" action={pathIn(viewer, '/hub')} class="form sheet padded">
      <Token viewer={viewer} />
      <input type="hidden" name="revision" value={settings.revision} />
      <fieldset>
        <legend>Parts of the link</legend>
        {parts.map(({ name, title }) => (
          <label key={name} class="choice">
            <input type="checkbox" name={name} defaultChecked={settings.switches[name]} />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
      {times.map(({ name, when, title }) => (
        <InitialStatusField key={name} name={name} title={title} chosen={settings.initialStatus[when]} />
      ))}
      <label class="field">
        Hours between comparisons of everyone; empty: on demand, and after a change
        <input
          name="compareEveryHours"
          type="number"
          min={comparisonLimits.minEveryMs / hourMs}
          max={comparisonLimits.maxEveryMs / hourMs}
          step="any"
          value={hoursOf(settings) ?? ''}
        />
      </label>
      <p class="quiet">Everyone of the link is compared again, and who differs by now is pushed.</p>
      <OptionalReason />
      <div class="actions">
        <button name="do" value="set">
          Save
        </button>
      </div>
    </form>
  </details>
);

interface FieldProps {
  name: string;
  title: string;
  /** Null: that of the link. */
  chosen: InitialStatus | null;
}

export const InitialStatusField = ({ name, title, chosen }: FieldProps): VNode => (
  <label class="field">
    {title}
    <select name={name}>
      {chosen === null && <option value="">as the link has it</option>}
      {initialStatuses.map((status) => (
        <option key={status} value={status} selected={status === chosen}>
          {initialStatusTitles[status]}
        </option>
      ))}
    </select>
  </label>
);

const Mapping = ({ mapping }: Pick<LinkSettings, 'mapping'>): VNode => (
  <Section id="mapping" title={<>Attribute mapping {mapping.length === 0 && <span class="badge">default</span>}</>}>
    {mapping.length === 0 ? (
      <p class="quiet">Every attribute of Okta’s own profile keeps its name. Custom attributes are not pushed.</p>
    ) : (
      <Table head={['SCIM path', 'Fills in the hub']}>
        {mapping.map(({ path, target }) => (
          <tr key={path}>
            <td>
              <code class="id">{path}</code>
            </td>
            <td data-label={target === null ? '' : 'fills'}>
              {target === null ? <span class="quiet">not pushed</span> : <code>{target}</code>}
            </td>
          </tr>
        ))}
      </Table>
    )}
    <p class="quiet">
      An import reads it from the hub to the tenant’s org. The API changes it: <code>PATCH /v1/hub/settings</code>.
    </p>
  </Section>
);
