import { isNext } from '../model/plan.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, stop, type Outcome } from '../steps/outcome.ts';

/**
 * Sends Okta the programmed key's responses, so that the credential is active before the key arrives. After a lost response
 * the list of enrollments shows whether it is active, before the call is repeated.
 */
export async function activateCredential(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const { tenant } = shipment;
  const userId = shipment.user.id ?? '';
  const enrollmentId = shipment.credential.enrollmentId ?? '';
  const { responseEnvelopes } = shipment.secrets;
  if (shipment.intents.activate !== undefined && (await isActive(context, shipment)))
    return recordActive(context, shipment);
  if (responseEnvelopes === undefined)
    return holdRefused(context, shipment, [{ field: 'responseEnvelopes', code: 'gone' }]);
  const signingKeys = responseEnvelopes.signingKeys ?? (await context.fulfillment.signingKeys(tenant));
  const intended = await context.ledger.move(shipment.id, (current) => {
    if (!isNext(current.plan, 'activate-credential')) return null;
    return {
      change: { intents: { activate: { at: context.now().toISOString() } } },
      note: { event: 'activation.intended', detail: { enrollmentId } },
    };
  });
  if (intended.outcome !== 'moved') return done('no longer to be activated');
  const answer = await orRefusal(() =>
    context.identity.activate(tenant, {
      userId,
      enrollmentId,
      serial: shipment.credential.serial ?? '',
      version: shipment.credential.firmware ?? '',
      pinResponseJwe: responseEnvelopes.pinResponseJwe,
      credResponseJwe: responseEnvelopes.credResponseJwe,
      signingKeys,
    }),
  );
  if (!(answer instanceof ConnectorError) && answer.enrollmentIds.includes(enrollmentId))
    return recordActive(context, shipment);
  // Activating an active credential is refused, too; the list shows which of the two it is.
  if (await isActive(context, shipment)) return recordActive(context, shipment);
  const unread = [{ field: 'authenticatorEnrollmentIds', code: 'outcome_unknown' }];
  return holdRefused(context, shipment, answer instanceof ConnectorError ? problemsFrom(answer) : unread);
}

async function isActive(context: Context, shipment: Shipment): Promise<boolean> {
  const enrollments = await orRefusal(() => context.identity.listEnrollments(shipment.tenant, shipment.user.id ?? ''));
  // Okta has deleted the user: no credential of theirs is active.
  if (enrollments instanceof ConnectorError) return false;
  return enrollments.some(({ id, status }) => id === shipment.credential.enrollmentId && status === 'active');
}

async function recordActive(context: Context, shipment: Shipment): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.credential !== 'pending') return null;
    return {
      change: { credential: 'active', secrets: { responseEnvelopes: null } },
      note: { event: 'credential.activated', detail: { enrollmentId: current.credential.enrollmentId } },
    };
  });
  return done();
}

async function holdRefused(context: Context, shipment: Shipment, problems: readonly Problem[]): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    isNext(current.plan, 'activate-credential')
      ? holdFor(current, 'activation_refused', { now: context.now(), problems })
      : null,
  );
  return stop('held: activation_refused');
}
