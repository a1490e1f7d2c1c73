import { statusOf } from '@keycourier/journey/model/status';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { findUserIds, listMirrors, type Mirror } from '@keycourier/ledger/hub/list-mirrors';
import {
  readKeyHolder,
  type DirectoryRecord,
  type HeldKey,
  type KeyHolder,
} from '@keycourier/ledger/people/read-key-holder';
import { describeRegistration } from '@keycourier/messages/registration';
import type { VNode } from 'preact';
import { z } from 'zod';

import { EventTable } from '../events/events-view.tsx';
import { StateMark, ToLookAt } from '../hub/hub-people-view.tsx';
import { FilterField, Filters } from '../pages/filters.tsx';
import { renderPage } from '../pages/layout.tsx';
import { Empty, Facts, Head, Section, StatusMark } from '../pages/parts.tsx';
import { Table, TimeCell } from '../pages/tables.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { redactSentence } from '../redact.ts';

const query = z.object({
  user: z
    .string()
    .trim()
    .regex(/^[^\p{C}]{1,254}$/u)
    .optional()
    .catch(undefined),
});

/** Which keys a person has, when and how they got them, and what arrived about them without a key coming of it. */
export const showPerson: ShowPage = async ({ ledger }, viewer, request) => {
  const { user } = query.parse(request.query);
  const person = user === undefined ? null : await readKeyHolder(ledger, viewer.tenant, user);
  const mirrors = user === undefined ? [] : await readMirrors(ledger, viewer, person?.userId ?? user);
  const children = <PersonView person={person} mirrors={mirrors} user={user} viewer={viewer} />;
  return renderPage({ title: person?.login ?? 'People', section: 'people', viewer, children });
};

/** The person's users in the hub: of a login that two had, both. */
async function readMirrors(ledger: Ledger, { tenant, hasHub }: Viewer, user: string): Promise<readonly Mirror[]> {
  if (!hasHub) return [];
  const userIds = await findUserIds(ledger, tenant, user);
  return listMirrors(ledger, { tenant, userIds, after: null, limit: 5 });
}

interface Props {
  person: KeyHolder | null;
  mirrors: readonly Mirror[];
  user: string | undefined;
  viewer: Viewer;
}

const PersonView = ({ person, mirrors, user, viewer }: Props): VNode => (
  <>
    <Head title={person === null ? 'People' : (person.login ?? person.userId ?? user)} />
    <Filters action={pathIn(viewer, '/people')} button="Show">
      <FilterField name="user" title="Login, Okta id or directory id" value={user} maxLength={254} />
    </Filters>
    {user === undefined && (
      <Empty title="Find a person">
        By login, Okta id or the directory's id: which keys they have, when and how they got them, and why they have
        none. A name finds them in the search above.
      </Empty>
    )}
    {person === null && mirrors.length > 0 && <InHub mirrors={mirrors} viewer={viewer} />}
    {person === null && user !== undefined && (
      <Empty title={mirrors.length > 0 ? 'No key was requested' : 'Nothing is known of this person'}>
        No shipment, and no event that is still kept, names them, and the directory does not have them.
      </Empty>
    )}
    {person !== null && <Known person={person} mirrors={mirrors} viewer={viewer} />}
  </>
);

/** How far the person is pushed to the hub. */
const InHub = ({ mirrors, viewer }: Pick<Props, 'mirrors' | 'viewer'>): VNode => (
  <Section id="hub" title="Hub">
    {mirrors.map((mirror) => (
      <Facts
        key={mirror.id}
        rows={[
          [
            'In the hub',
            <a key="hub" href={pathIn(viewer, `/hub/people/${mirror.id}`)}>
              {mirror.hubUserId ?? mirror.userId}
            </a>,
          ],
          ['State', <StateMark key="state" mirror={mirror} />],
          ['To look at', <ToLookAt key="problem" mirror={mirror} />],
        ]}
      />
    ))}
  </Section>
);

const Known = ({ person, mirrors, viewer }: Pick<Props, 'mirrors' | 'viewer'> & { person: KeyHolder }): VNode => (
  <>
    <Facts
      rows={[
        ['Name', person.name ?? '–'],
        ['Okta user', person.userId ?? '–'],
        ['Shown in Okta', describeRegistration(person.registration) ?? '–'],
      ]}
    />
    {mirrors.length > 0 && <InHub mirrors={mirrors} viewer={viewer} />}
    {person.directory !== null && <Directory record={person.directory} viewer={viewer} />}
    <Section id="keys" title="Keys">
      {person.keys.length === 0 ? (
        <Empty title="No key was requested">The events below say what arrived, and why nothing came of it.</Empty>
      ) : (
        <Keys keys={person.keys} viewer={viewer} />
      )}
    </Section>
    <Section id="events" title="Events">
      {person.events.length === 0 ? (
        <Empty title="No event is kept">What the API or a batch requested has none.</Empty>
      ) : (
        <EventTable items={person.events} viewer={viewer} />
      )}
    </Section>
    {person.isMore && <p class="quiet">There is more: filter the shipments or the events.</p>}
  </>
);

/** What SCIM clients, or operators by hand, have written of the person. */
const Directory = ({ record, viewer }: { record: DirectoryRecord; viewer: Viewer }): VNode => (
  <Section id="directory" title="Directory">
    <Facts
      rows={[
        ['Owner', <Owner key="owner" connection={record.connection} viewer={viewer} />],
        [
          'State',
          record.active ? (
            'active'
          ) : (
            <>
              inactive, deactivated <Time at={record.deactivatedAt} viewer={viewer} />
            </>
          ),
        ],
        ['Changed', <Time key="changed" at={record.lastModified} viewer={viewer} />],
        ['Groups', record.groups.length === 0 ? 'none' : record.groups.join(', ')],
        ['Last request refused', <LastError key="error" record={record} viewer={viewer} />],
        ['Id', <code key="id">{record.id}</code>],
      ]}
    />
  </Section>
);

const Owner = ({ connection, viewer }: { connection: DirectoryRecord['connection']; viewer: Viewer }): VNode =>
  connection === null ? (
    <>no client: entered or changed by hand</>
  ) : (
    <a href={pathIn(viewer, `/connections/${connection.id}`)}>{connection.name}</a>
  );

const LastError = ({ record: { lastError }, viewer }: { record: DirectoryRecord; viewer: Viewer }): VNode =>
  lastError === null ? (
    <>no: the last request about them succeeded</>
  ) : (
    <>
      {redactSentence(lastError.detail)} <Time at={lastError.at} viewer={viewer} />
    </>
  );

const Keys = ({ keys, viewer }: { keys: readonly HeldKey[]; viewer: Viewer }): VNode => (
  <Table head={['Key', 'Status', 'Works', 'Requested', 'PIN mailed']}>
    {keys.map((key) => (
      <Row key={key.shipment.id} held={key} viewer={viewer} />
    ))}
  </Table>
);

function Row({ held: { shipment, requester, isWorking }, viewer }: { held: HeldKey; viewer: Viewer }): VNode {
  const { id, purpose, product, credential, plan, createdAt, pin, trigger } = shipment;
  const by =
    requester.apiKey === null ? trigger : `${trigger}, API key ${requester.apiKey.name ?? requester.apiKey.id}`;
  return (
    <tr id={id}>
      <td>
        <a data-row href={pathIn(viewer, `/shipments/${id}`)}>
          {credential.serial === null ? `${purpose} key` : `${purpose} key, serial ${credential.serial}`}
        </a>
        <span class="quiet">{`product ${product.productId}`}</span>
      </td>
      <td>
        <StatusMark status={statusOf(plan)} />
      </td>
      <td>{isWorking ? <span class="badge good">works</span> : <span class="quiet">{plan.credential}</span>}</td>
      <TimeCell at={createdAt} label="requested" viewer={viewer}>
        <span class="quiet">{by}</span>
      </TimeCell>
      <TimeCell at={pin.sentAt} label="PIN mailed" viewer={viewer} />
    </tr>
  );
}
