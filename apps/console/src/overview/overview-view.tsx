import type { Problem } from '@keycourier/journey/model/shipment';
import { statuses } from '@keycourier/journey/model/status';
import { describeCatchUpProblem } from '@keycourier/messages/catch-up';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { describeHold } from '@keycourier/messages/holds';
import type { VNode } from 'preact';

import { Command, Empty, Notice, statusTitles } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { redactSentence, redactWord } from '../redact.ts';
import type { HeldShipment, Overview } from './read-overview.ts';

interface Props {
  overview: Overview;
  viewer: Viewer;
}

/** First what needs attention, then the counts of all. */
export const OverviewView = ({ overview, viewer }: Props): VNode => (
  <>
    <Notices overview={overview} viewer={viewer} />
    <section aria-labelledby="attention">
      <div class="head">
        <h1 id="attention">Needs attention</h1>
        {overview.heldTotal > 0 && <span class="badge warn">{countText(overview.heldTotal)}</span>}
      </div>
      <Held overview={overview} viewer={viewer} />
    </section>
    <section aria-labelledby="all">
      <h2 id="all">Shipments</h2>
      <Counts counts={overview.counts} viewer={viewer} />
    </section>
    <Command text="keycourier list --status held" />
  </>
);

function Notices({ overview: { paused, unreadLog, eventsSetAside }, viewer }: Props): VNode {
  return (
    <>
      {paused !== null && (
        <Notice tone="warn">
          The tenant is paused until <Time at={paused.until} viewer={viewer} />
          {`: ${paused.reason === null ? 'no reason recorded' : redactSentence(paused.reason)}. `}
          No calls are made for it until then. Check its credentials in the config file.
        </Notice>
      )}
      {unreadLog !== null && (
        <Notice tone="warn">
          The System Log cannot be read since <Time at={unreadLog.since} viewer={viewer} />
          {`: ${describeCatchUpProblem(unreadLog.problem)}`}
        </Notice>
      )}
      {eventsSetAside > 0 && (
        <Notice tone="warn">
          Events set aside: <strong>{countText(eventsSetAside)}</strong>. They may ask for a key:{' '}
          <code>keycourier events --outcome set_aside</code> lists them with the reasons.
        </Notice>
      )}
    </>
  );
}

function Held({ overview: { held, heldTotal }, viewer }: Props): VNode {
  if (held.length === 0) return <Empty title="No shipment is held." />;
  return (
    <>
      <div class="sheet">
        <table>
          <thead>
            <tr>
              <th scope="col">Shipment</th>
              <th scope="col">Held</th>
              <th scope="col">Reason and next step</th>
              <th scope="col">Problems</th>
            </tr>
          </thead>
          <tbody data-rows>
            {held.map((shipment) => (
              <HeldRow key={shipment.id} shipment={shipment} viewer={viewer} />
            ))}
          </tbody>
        </table>
      </div>
      {heldTotal > held.length && (
        <p class="quiet">
          <a href={pathIn(viewer, '/shipments?status=held')}>{`All ${countText(heldTotal)} held shipments`}</a>
        </p>
      )}
    </>
  );
}

const HeldRow = ({ shipment, viewer }: { shipment: HeldShipment; viewer: Viewer }): VNode => (
  <tr id={shipment.id}>
    <td>
      <a data-row href={pathIn(viewer, `/shipments/${shipment.id}`)}>
        <code class="id">{shipment.id}</code>
      </a>
      <span class="quiet">{describeKey(shipment)}</span>
    </td>
    <td class="nowrap" data-label="held">
      <Time at={shipment.since} viewer={viewer} />
    </td>
    <td>
      <span class="message">{describeHold(shipment.code)}</span>
      <code class="code">{redactWord(shipment.code)}</code>
    </td>
    <td>
      {shipment.problems.map((problem) => (
        <ProblemOf key={`${problem.field} ${problem.code}`} problem={problem} hold={shipment.code} />
      ))}
    </td>
  </tr>
);

/** A message that the hold has too is not repeated. */
function ProblemOf({ problem, hold }: { problem: Problem; hold: string }): VNode {
  const safe = { field: redactWord(problem.field), code: redactWord(problem.code) };
  const { message } = describeProblem(safe);
  return (
    <>
      {message !== describeHold(hold) && <span class="message">{message}</span>}
      <code class="code">{`${safe.field}: ${safe.code}`}</code>
    </>
  );
}

function describeKey({ purpose, trigger, product }: HeldShipment): string {
  const { productId, inventoryProductId, customizationId } = product;
  const ids = redactSentence(`product ${productId}, inventory ${inventoryProductId}, customization ${customizationId}`);
  return `${redactWord(purpose)} key, ${ids}, by ${redactWord(trigger)}`;
}

const Counts = ({ counts, viewer }: { counts: Overview['counts']; viewer: Viewer }): VNode => (
  <ul class="counts">
    {statuses.map((status) => (
      <li key={status} class={(counts[status] ?? 0) === 0 ? `${status} none` : status}>
        <a href={pathIn(viewer, `/shipments?status=${status}`)}>
          <span class="count">{countText(counts[status] ?? 0)}</span>
          <span class="title">{statusTitles[status]}</span>
        </a>
      </li>
    ))}
  </ul>
);

const number = new Intl.NumberFormat('en-GB');
const countText = (count: number): string => number.format(count);
