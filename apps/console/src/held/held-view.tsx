import type { Shipment } from '@keycourier/journey/model/shipment';
import type { HoldClaim } from '@keycourier/ledger/holds/claims';
import type { HeldCauses } from '@keycourier/ledger/overview/held-causes';
import { remedyFor } from '@keycourier/messages/remedies';
import type { VNode } from 'preact';

import { BulkLink } from '../bulk/bulk-link.tsx';
import { Causes, nothingHeld } from '../overview/causes.tsx';
import { Token } from '../pages/layout.tsx';
import { Command, Empty, Head, NewRows } from '../pages/parts.tsx';
import { Pager, Table, TimeCell } from '../pages/tables.tsx';
import { ClockTime, Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

interface Props {
  held: HeldCauses;
  cause: string | undefined;
  /** Those are listed whose hold is snoozed, and no others. */
  isSnoozed: boolean;
  items: readonly Shipment[];
  nextCursor: string | null;
  claims: ReadonlyMap<string, HoldClaim>;
  viewer: Viewer;
}

export const HeldView = ({ held, cause, isSnoozed, items, nextCursor, claims, viewer }: Props): VNode => (
  <>
    <Head
      title="Held"
      {...(cause === undefined && !isSnoozed ? {} : { above: { href: pathIn(viewer, '/held'), text: 'All causes' } })}
    >
      {includesRole(viewer.role, 'operator') && (
        <div class="actions">
          <BulkLink viewer={viewer} query={bulkQueryOf({ cause, isSnoozed })} />
        </div>
      )}
    </Head>
    {!isSnoozed && held.causes.length === 0 && (
      <Empty title={nothingHeld(held)}>
        A shipment that waits for a decision appears here, by its cause, with what to do about it.
      </Empty>
    )}
    {cause !== undefined && <Remedy cause={cause} />}
    {cause === undefined && !isSnoozed && <Causes held={held} viewer={viewer} />}
    {items.length > 0 && (
      <>
        <h2>{headingOf({ cause, isSnoozed })}</h2>
        <NewRows href={addressIn(viewer, '/held', { cause })} />
        <Rows items={items} claims={claims} viewer={viewer} />
      </>
    )}
    {items.length === 0 && isSnoozed && <Empty title="No held shipment is snoozed" />}
    {items.length === 0 && cause !== undefined && held.causes.length > 0 && (
      <Empty title="No held shipment of this cause is left" />
    )}
    <Pager
      older={
        nextCursor === null
          ? null
          : addressIn(viewer, '/held', { cause, snoozed: isSnoozed ? 'yes' : undefined, before: nextCursor })
      }
    />
    <Command text="keycourier list --status held" />
  </>
);

type Selected = Pick<Props, 'cause' | 'isSnoozed'>;

function bulkQueryOf({ cause, isSnoozed }: Selected): string | null {
  if (isSnoozed) return '?status=held&snoozed=yes';
  return cause === undefined ? null : `?${new URLSearchParams({ cause }).toString()}`;
}

function headingOf({ cause, isSnoozed }: Selected): string {
  if (isSnoozed) return 'Snoozed';
  return cause === undefined ? 'Newest' : 'Shipments of this cause';
}

function Remedy({ cause }: { cause: string }): VNode {
  const { happened, toDo, problems } = remedyFor(cause);
  return (
    <section class="sheet padded" aria-label="Remedy">
      <p>
        <strong>{happened}</strong>
      </p>
      <p>{toDo}</p>
      {problems.length > 1 && (
        <ul>
          {problems.map(({ field, code, message }) => (
            <li key={`${field} ${code}`}>{message}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

const Rows = ({ items, claims, viewer }: Pick<Props, 'items' | 'claims' | 'viewer'>): VNode => (
  <Table head={['Person', 'Held', 'Key', 'Looked into by']} isLive>
    {items.map((shipment) => (
      <Row key={shipment.id} shipment={shipment} claim={claims.get(shipment.id)} viewer={viewer} />
    ))}
  </Table>
);

interface RowProps {
  shipment: Shipment;
  claim: HoldClaim | undefined;
  viewer: Viewer;
}

const Row = ({ shipment, claim, viewer }: RowProps): VNode => (
  <tr id={shipment.id}>
    <td>
      <a data-row href={pathIn(viewer, `/shipments/${shipment.id}`)}>
        {shipment.secrets.login ?? shipment.user.id ?? 'erased'}
      </a>
      {shipment.hold !== null && <code class="code">{shipment.hold.code}</code>}
    </td>
    <TimeCell at={shipment.hold?.since ?? null} label="held" viewer={viewer} />
    <td class="key">{`${shipment.purpose}, product ${shipment.product.productId}`}</td>
    <td>
      <Claim shipment={shipment} claim={claim} viewer={viewer} />
    </td>
  </tr>
);

/** Who has it, since when, until when it is left alone; and what this operator may change of it. */
function Claim({ shipment, claim, viewer }: RowProps): VNode {
  const { claimedBy = null, claimedAt = null, snoozedUntil = null } = claim ?? {};
  const isSnoozed = snoozedUntil !== null && snoozedUntil > viewer.now;
  return (
    <>
      {claimedBy !== null && (
        <span class="message">
          {`${claimedBy}, since `}
          <Time at={claimedAt} viewer={viewer} />
        </span>
      )}
      {isSnoozed && (
        <span class="quiet">
          {'snoozed until '}
          <ClockTime at={snoozedUntil} viewer={viewer} />
        </span>
      )}
      {includesRole(viewer.role, 'operator') && (
        <form method="post" action={pathIn(viewer, `/held/${shipment.id}`)} class="inline">
          <Token viewer={viewer} />
          <input type="hidden" name="back" value={viewer.url} />
          <button class="plain small" name="do" value={claimedBy === viewer.operator ? 'give-back' : 'claim'}>
            {claimedBy === viewer.operator ? 'Give back' : claimedBy === null ? 'Claim' : 'Take over'}
          </button>
          <button class="plain small" name="do" value={isSnoozed ? 'wake' : 'snooze'}>
            {isSnoozed ? 'End the snooze' : 'Snooze a day'}
          </button>
        </form>
      )}
    </>
  );
}
