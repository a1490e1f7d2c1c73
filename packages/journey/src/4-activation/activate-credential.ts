import type { Decision } from '../model/change.ts';
import { keyHolderOf } from '../model/key-holder.ts';
import { isNext } from '../model/plan.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, lastMove, stop, type StepEnd } from '../steps/outcome.ts';

/**
 * Sends Okta the programmed key's responses, so that the credential is active before the key arrives. After a lost response
 * the list of enrollments shows whether it is active, before the call is repeated.
 */
export async function activateCredential(context: Context, { shipment, isIntended }: StepAttempt): Promise<StepEnd> {
  const { org, userId } = keyHolderOf(shipment);
  const enrollmentId = shipment.credential.enrollmentId ?? '';
  const { responseEnvelopes } = shipment.secrets;
  if (isIntended !== true && shipment.intents.activate !== undefined && (await isActive(context, shipment)))
    return recordActive();
  if (responseEnvelopes === undefined) return holdRefused(context, [{ field: 'responseEnvelopes', code: 'gone' }]);
  const signingKeys = responseEnvelopes.signingKeys ?? (await context.fulfillment.signingKeys(shipment.tenant));
  if (isIntended !== true) {
    const intended = await context.ledger.move(shipment.id, (current) => intend(current, context.now()));
    if (intended.outcome !== 'moved') return done('no longer to be activated');
  }
  const answer = await orRefusal(() =>
    context.identity.activate(org, {
      userId,
      enrollmentId,
      serial: shipment.credential.serial ?? '',
      version: shipment.credential.firmware ?? '',
      pinResponseJwe: responseEnvelopes.pinResponseJwe,
      credResponseJwe: responseEnvelopes.credResponseJwe,
      signingKeys,
    }),
  );
  if (!(answer instanceof ConnectorError) && answer.enrollmentIds.includes(enrollmentId)) return recordActive();
  // Activating an active credential is refused, too; the list shows which of the two it is.
  if (await isActive(context, shipment)) return recordActive();
  const unread = [{ field: 'authenticatorEnrollmentIds', code: 'outcome_unknown' }];
  return holdRefused(context, answer instanceof ConnectorError ? problemsFrom(answer) : unread);
}

/** The intent to activate, where the envelopes and their signing keys are here; null where something is to be read first. */
export const intendActivation = (shipment: Shipment, now: Date): Decision | null =>
  shipment.intents.activate === undefined && shipment.secrets.responseEnvelopes?.signingKeys !== undefined
    ? intend(shipment, now)
    : null;

function intend({ plan, credential: { enrollmentId } }: Shipment, now: Date): Decision | null {
  if (!isNext(plan, 'activate-credential')) return null;
  return {
    change: { intents: { activate: { at: now.toISOString() } } },
    note: { event: 'activation.intended', detail: { enrollmentId: enrollmentId ?? '' } },
  };
}

async function isActive(context: Context, shipment: Shipment): Promise<boolean> {
  const { org, userId } = keyHolderOf(shipment);
  const enrollments = await orRefusal(() => context.identity.listEnrollments(org, userId));
  // Okta has deleted the user: no credential of theirs is active.
  if (enrollments instanceof ConnectorError) return false;
  return enrollments.some(({ id, status }) => id === shipment.credential.enrollmentId && status === 'active');
}

const recordActive = (): StepEnd =>
  lastMove(
    ({ plan, credential: { enrollmentId } }) => {
      if (plan.credential !== 'pending') return null;
      return {
        change: { credential: 'active', secrets: { responseEnvelopes: null } },
        note: { event: 'credential.activated', detail: { enrollmentId } },
      };
    },
    () => done(),
  );

const holdRefused = (context: Context, problems: readonly Problem[]): StepEnd =>
  lastMove(
    (current) =>
      isNext(current.plan, 'activate-credential')
        ? holdFor(current, 'activation_refused', { now: context.now(), problems })
        : null,
    () => stop('held: activation_refused'),
  );
