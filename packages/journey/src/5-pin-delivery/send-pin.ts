import type { Decision } from '../model/change.ts';
import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor, orRefusal, problemsFrom } from '../steps/hold.ts';
import { findRecipient, inactiveSince } from '../steps/inactive-since.ts';
import { done, lastMove, stop, type Outcome, type StepEnd } from '../steps/outcome.ts';
import { checkRecipient, holdForRecipient, isRefused } from './check-recipient.ts';
import { deliverPin } from './deliver-pin.ts';
import { isResend, mask, recipientsOf, refuseResend } from './pin-recipients.ts';
import { renewPinCopy } from './renew-pin-copy.ts';

/** A mail that leaves later than this after the user was last read waits until they were read again. */
const longestDelayMs = 3_600_000;

/**
 * Sends the PIN to its owner and deletes it. `sending` is committed before the mail is sent; a mail whose acceptance was
 * not confirmed is sent again to the same frozen address under the same Message-ID, so that a mail program can show it
 * once. The sealed copy is deleted in the transaction that records it as sent (invariant 5).
 */
export async function sendPin(context: Context, attempt: StepAttempt): Promise<StepEnd> {
  const { shipment, isIntended } = attempt;
  const sending =
    isIntended === true
      ? shipment
      : (await context.ledger.move(shipment.id, (current) => intendSending(current, context.now()))).shipment;
  if (!isNext(sending.plan, 'send-pin')) return done('no longer to be sent');
  if (isOverdue(sending, context.now())) {
    const held = await holdUnlessSame(context, attempt, sending);
    if (held !== null) return held;
  }
  const renewed = await renewPinCopy(context, sending);
  let isSeen = isSeenByClaim(attempt, renewed, context.now());
  const look = async (): Promise<Outcome | null> => {
    if (!isSeen) return lastLook(context, renewed);
    isSeen = false;
    return null;
  };
  const stopped = await orRefusal(() => deliverPin(context, renewed, look));
  if (stopped instanceof ConnectorError) return holdRefused(context, shipment, stopped);
  return stopped ?? recordSent(context);
}

export function intendSending({ plan }: Shipment, now: Date): Decision | null {
  if (plan.pin !== 'released' || !isNext(plan, 'send-pin')) return null;
  return { change: { pin: 'sending', intents: { send: { at: now.toISOString() } } }, note: { event: 'pin.sending' } };
}

const recordSent = (context: Context): StepEnd =>
  lastMove(
    (current) => {
      if (current.plan.pin !== 'sending') return null;
      const pinMail = { sentTo: sentTo(current), sentAt: context.now() };
      return {
        change: { pin: 'sent', pinMail, secrets: { pinCopy: null } },
        note: { event: 'pin.sent', detail: { channel: current.pinPolicy.channel } },
      };
    },
    () => done(),
  );

/** The statement that claimed the attempt and recorded its intent has seen all that is looked at, and nothing was waited for since. */
const isSeenByClaim = ({ isIntended, hasDirectory, shipment }: StepAttempt, renewed: Shipment, now: Date): boolean =>
  isIntended === true &&
  !hasDirectory &&
  renewed === shipment &&
  !isOverdue(shipment, now) &&
  (shipment.pinPolicy.channel === 'okta' || shipment.secrets.pinCopy?.signingKeys !== undefined);

/**
 * What happened since this step began: calls to others before a mail may take long. The directory is our own: it is read
 * before every mail, however soon after the release. Null where the mail may leave.
 */
async function lastLook(context: Context, shipment: Shipment): Promise<Outcome | null> {
  const suspended = await holdIfInactive(context, shipment);
  if (suspended !== null) return suspended;
  const { plan } = await context.ledger.read(shipment.id);
  return isNext(plan, 'send-pin') ? null : done('no longer to be sent');
}

async function holdIfInactive(context: Context, shipment: Shipment): Promise<Outcome | null> {
  const since = inactiveSince(await findRecipient(context, { hasDirectory: true }, shipment), shipment);
  if (since === null) return null;
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'sending' || !isNext(current.plan, 'send-pin')) return null;
    return holdForRecipient(current, { outcome: 'suspended', code: 'suspended', since }, context.now());
  });
  return isResend(shipment) ? done('not sent again: suspended') : stop('held: suspended');
}

const isOverdue = ({ intents: { release } }: Shipment, now: Date): boolean =>
  release === undefined || now.getTime() - Date.parse(release.at) > longestDelayMs;

/** The mail was delayed: who left or moved meanwhile is held as at the release. Returns null where nothing changed. */
async function holdUnlessSame(
  context: Context,
  { hasDirectory }: StepAttempt,
  shipment: Shipment,
): Promise<Outcome | null> {
  const at = { at: context.now().toISOString() };
  const recipient = await checkRecipient(context, shipment, { isConfirmed: false, hasDirectory });
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.pin !== 'sending' || !isNext(current.plan, 'send-pin')) return null;
    if (isRefused(recipient)) return holdForRecipient(current, recipient, context.now());
    return { change: { intents: { release: at } }, note: { event: 'pin.recipient_checked' } };
  });
  if (isRefused(recipient))
    return isResend(shipment) ? done(`not sent again: ${recipient.code}`) : stop(`held: ${recipient.code}`);
  return moved.outcome === 'moved' ? null : done('no longer to be sent');
}

/** Okta picks the address itself and does not report it. */
function sentTo({ pinPolicy, secrets }: Shipment): string | null {
  if (pinPolicy.channel === 'okta' || secrets.profile === undefined) return null;
  return recipientsOf(secrets.profile, pinPolicy).map(mask).join(', ');
}

/** Back to sealed: the address may be at fault, and is read again before the next mail. */
function holdRefused(context: Context, shipment: Shipment, refusal: ConnectorError): StepEnd {
  const isOfTheCopy = refusal.refusals.some(({ field }) => field === 'pinCopy');
  const code = isOfTheCopy ? 'pin_copy_refused' : 'mail_refused';
  return lastMove(
    (current) => {
      if (current.plan.pin !== 'sending') return null;
      if (isResend(current)) return refuseResend(code);
      const problems = problemsFrom(refusal);
      return holdFor(current, code, { now: context.now(), problems, change: { pin: 'sealed' } });
    },
    () => (isResend(shipment) ? done(`not sent again: ${code}`) : stop(`held: ${code}`)),
  );
}
