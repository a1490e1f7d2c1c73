import type { Decision } from '../model/change.ts';
import { isNext } from '../model/plan.ts';
import type { CheckedProfile } from '../model/profile.ts';
import type { Edit, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { parcelEmail } from '../profile/label.ts';
import { holdFor, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, later, stop, type Outcome } from '../steps/outcome.ts';

/**
 * Sends the provider what an operator decided about the address of a placed order: its own suggestion, another address,
 * or to ship it as ordered. The same edit sent twice changes nothing more.
 */
export async function editOrder(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const { tenant, order, secrets } = shipment;
  const { edit } = secrets;
  const profile = edit?.decision === 'accept' ? edit.profile : secrets.profile;
  if (edit === undefined || profile === undefined) return forget(context, shipment);
  const refusal = await orRefusal(() =>
    context.fulfillment.editOrder(tenant, order.providerId ?? '', {
      profile,
      recipientEmail: parcelEmail(profile),
      deliveryType: context.tenant(tenant).deliveryType,
      isFinal: edit.decision === 'reject',
    }),
  );
  if (refusal instanceof ConnectorError) return holdRefused(context, shipment, { edit, refusal });
  return saveEdit(context, shipment, { edit, decide: () => edited(edit, profile) });
}

const edited = ({ decision }: Edit, profile: CheckedProfile): Decision => ({
  change: { editRequested: false, secrets: { edit: null, suggestion: null, profile } },
  note: { event: 'order.edited', detail: { decision } },
});

/** Saves the result of an edit, unless an operator has decided again meanwhile: then that decision is still to be sent. */
async function saveEdit(
  context: Context,
  { id }: Shipment,
  { edit, decide }: { edit: Edit; decide: (current: Shipment) => Decision },
): Promise<Outcome> {
  const moved = await context.ledger.move(id, (current) => {
    const isStill = JSON.stringify(current.secrets.edit) === JSON.stringify(edit);
    return isStill && isNext(current.plan, 'edit-order') ? decide(current) : null;
  });
  if (isNext(moved.shipment.plan, 'edit-order')) return later(250, 'an operator decided again');
  return moved.shipment.hold === null ? done() : stop(`held: ${moved.shipment.hold.code}`);
}

function holdRefused(
  context: Context,
  shipment: Shipment,
  { edit, refusal }: { edit: Edit; refusal: ConnectorError },
): Promise<Outcome> {
  const problems = problemsFrom(refusal);
  const decide = (current: Shipment): Decision =>
    holdFor(current, 'edit_refused', {
      now: context.now(),
      problems,
      change: { editRequested: false, secrets: { edit: null } },
    });
  return saveEdit(context, shipment, { edit, decide });
}

async function forget(context: Context, { id }: Shipment): Promise<Outcome> {
  await context.ledger.move(id, ({ plan, secrets }) =>
    plan.editRequested && (secrets.edit === undefined || secrets.profile === undefined)
      ? { change: { editRequested: false, secrets: { edit: null } }, note: { event: 'order.edit_gone' } }
      : null,
  );
  return done('there is nothing to send to the provider');
}
