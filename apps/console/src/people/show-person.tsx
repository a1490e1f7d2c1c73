import { statusOf } from '@keycourier/journey/model/status';
import { readKeyHolder, type HeldKey, type KeyHolder } from '@keycourier/ledger/people/read-key-holder';
import type { VNode } from 'preact';
import { z } from 'zod';

import { EventTable } from '../events/events-view.tsx';
import { renderPage } from '../pages/layout.tsx';
import { Empty, Facts, StatusMark } from '../pages/parts.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

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
  const children = <PersonView person={person} user={user} viewer={viewer} />;
  return renderPage({ title: person?.login ?? 'People', section: 'people', viewer, children });
};

interface Props {
  person: KeyHolder | null;
  user: string | undefined;
  viewer: Viewer;
}

const PersonView = ({ person, user, viewer }: Props): VNode => (
  <>
    <div class="head">
      <h1>{person === null ? 'People' : (person.login ?? person.userId ?? 'Erased person')}</h1>
    </div>
    <form class="filters" action={pathIn(viewer, '/people')}>
      <label>
        Login or Okta id
        <input name="user" type="search" value={user ?? ''} maxLength={254} autocomplete="off" spellcheck={false} />
      </label>
      <button class="small" type="submit">
        Show
      </button>
    </form>
    {person === null && user !== undefined && (
      <Empty title="Nothing is known of this person">No shipment, and no event that is still kept, names them.</Empty>
    )}
    {person !== null && <Known person={person} viewer={viewer} />}
  </>
);

const Known = ({ person, viewer }: { person: KeyHolder; viewer: Viewer }): VNode => (
  <>
    <Facts
      rows={[
        ['Name', person.name ?? '–'],
        ['Okta user', person.userId ?? '–'],
        ['Shown in Okta as having a key', person.registration?.state ?? '–'],
      ]}
    />
    <section aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      {person.keys.length === 0 ? <Empty title="No key was requested" /> : <Keys keys={person.keys} viewer={viewer} />}
    </section>
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      {person.events.length === 0 ? (
        <Empty title="No event is kept" />
      ) : (
        <EventTable items={person.events} viewer={viewer} />
      )}
    </section>
    {person.isMore && <p class="quiet">There is more: filter the shipments or the events.</p>}
  </>
);

const Keys = ({ keys, viewer }: { keys: readonly HeldKey[]; viewer: Viewer }): VNode => (
  <div class="sheet">
    <table>
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Status</th>
          <th scope="col">Works</th>
          <th scope="col">Requested</th>
          <th scope="col">PIN mailed</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row key={key.shipment.id} held={key} viewer={viewer} />
        ))}
      </tbody>
    </table>
  </div>
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
      <td class="nowrap" data-label="requested">
        <Time at={createdAt} viewer={viewer} />
        <span class="quiet">{by}</span>
      </td>
      <td class="nowrap" data-label="PIN mailed">
        <Time at={pin.sentAt} viewer={viewer} />
      </td>
    </tr>
  );
}
