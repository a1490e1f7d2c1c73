import { stepMadeNext, type Decision } from '@keycourier/journey/model/change';
import { isWaitingForSlot, mayReleaseSlot } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Chain, Finished, LastMoves, Moved, StepAttempt } from '@keycourier/journey/ports/ledger';

import { finishAttempt } from '../attempts/finish-attempt.ts';
import { claimBegun, untilClaimed } from '../attempts/open-attempt.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { retryNow } from '../outbox/sync-outbox.ts';
import { registeredUsersOf, requireRegistration } from '../registrations/require-registration.ts';
import { findOther, mayFreeSlot } from './consequences.ts';
import { versionOf } from './decrypt-row.ts';
import { grantAfterMove, grantLockedSlots, grantSlots, moveAndGrant } from './grant-slots.ts';
import { inSlot, moveIntoSlot } from './move-into-slot.ts';
import { isOneOpenShipmentClash } from './person.ts';
import { readAnyShipment } from './read-shipment.ts';
import {
  decided,
  undecided,
  writeDecision,
  writingDecision,
  writtenOf,
  writtenRows,
  type Decided,
  type Writing,
  type Written,
} from './write-decision.ts';

/** The end of an attempt by its last moves, and what may follow. */
export interface Finish {
  attempt: StepAttempt;
  resultOf: LastMoves['resultOf'];
  doneWith?: LastMoves['doneWith'];
  chain: Chain;
  leaseMs: number;
}

export interface Commit {
  id: string;
  /** The shipment as last read or written, which saves to read it. */
  known: Shipment | undefined;
  moves: readonly ((shipment: Shipment) => Decision | null)[];
  finish?: Finish;
  /** What else the transaction of a move writes, at its end. */
  alongside?: (tx: Tx, shipment: Shipment) => Promise<unknown>;
}

/**
 * Decides about a shipment as it was read, and writes what that makes of it if its row is still the same version; else reads
 * it and decides again. A decision to do nothing is made about the row as it is now.
 */
export async function commitMoves(ledger: Ledger, commit: Commit): Promise<Finished> {
  const { id, known, finish } = commit;
  if (finish !== undefined) await untilClaimed(finish.attempt);
  let current = known !== undefined && versionOf(known) !== undefined ? known : null;
  for (let isFirst = true; ; isFirst = false) {
    const isFresh = current === null;
    const before = current ?? (await readAnyShipment(ledger, id));
    // What another attempt at the step has claimed is its own to decide.
    if (!isFirst && finish !== undefined && !(await claimBegun(ledger, finish.attempt, finish.leaseMs)))
      return { moved: { outcome: 'declined', shipment: before }, next: null };
    const made = decideAll(ledger, before, commit.moves);
    if (made.notes.length > 0) {
      const finished = await write(ledger, commit, { made, mayClaim: isFirst });
      if (finished !== null) return finished;
    } else if (isFresh) return finishUnmoved(ledger, commit, { outcome: 'declined', shipment: before });
    current = null;
  }
}

function decideAll(ledger: Ledger, shipment: Shipment, moves: Commit['moves']): Decided {
  let made = undecided(shipment);
  for (const decide of moves) {
    const decision = decide(made.after);
    if (decision !== null) made = decided(made, decision, ledger.now());
  }
  return made;
}

async function finishUnmoved(ledger: Ledger, { finish }: Commit, moved: Moved): Promise<Finished> {
  const result = finish?.resultOf(moved) ?? null;
  if (finish !== undefined && result !== null) await finishAttempt(ledger, finish.attempt, result);
  return { moved, next: null };
}

interface Making {
  made: Decided;
  mayClaim: boolean;
}

/** @returns null where the row is another version, or the next attempt may not start: it is decided again */
async function write(ledger: Ledger, commit: Commit, { made, mayClaim }: Making): Promise<Finished | null> {
  const moved: Moved = { outcome: 'moved', shipment: made.after };
  const result = commit.finish?.resultOf(moved) ?? null;
  const plan = mayClaim && result !== null && commit.finish !== undefined ? planNext(commit.finish, made) : null;
  const end = commit.finish === undefined || result === null ? undefined : { attempt: commit.finish.attempt, result };
  const unregistered = mayClaim ? withoutRegistration(ledger, made) : undefined;
  const writing: Writing = { decided: plan?.made ?? made, end, also: plan?.also, claim: plan?.claim, unregistered };
  const finish = end === undefined ? undefined : commit.finish;
  const besides = commit.alongside === undefined ? {} : { alongside: commit.alongside };
  let finished: Finished | null = null;
  try {
    if (commit.alongside !== undefined || needsTransaction(writing))
      finished = await writeWithConsequences(ledger, { writing, moved, ...besides });
    else if (isWaitingForSlot(made.after.plan)) finished = await moveIntoSlot(ledger, { writing, moved, finish });
    else finished = await writeAlone(ledger, { writing, moved });
  } catch (error) {
    if (!isOneOpenShipmentClash(error)) throw error;
    const of = await findOther(ledger, ledger.db, made.after);
    if (of !== undefined)
      finished = await finishUnmoved(ledger, commit, { outcome: 'duplicate', of, shipment: made.before });
  } finally {
    commit.finish?.chain.onClaim(finished !== null && finished.next !== null);
  }
  return finished;
}

type Planned = Pick<Writing, 'claim' | 'also'> & { made: Decided };

/** The next step and its intent, where it may be claimed in the same statement; or the one after, where that one needs no call. */
function planNext(finish: Finish, made: Decided): Planned | null {
  const step = stepMadeNext(made.before.plan, made.after.plan);
  const decision = step === null ? null : (finish.doneWith?.(step, made.after) ?? null);
  const after = decision === null ? null : planClaim(finish, decided(made, decision, made.after.updatedAt));
  if (step === null || after === null) return planClaim(finish, made);
  return { ...after, also: { step, id: newId('run') } };
}

function planClaim({ chain, leaseMs }: Finish, made: Decided): Planned | null {
  const { before, after, dueAfterMs } = made;
  const step = stepMadeNext(before.plan, after.plan);
  if (step === null || (dueAfterMs[step] ?? 0) > 0 || !chain.admit(step, after)) return null;
  const intent = chain.intentOf(step, after);
  return {
    made: intent === null ? made : decided(made, intent, after.updatedAt),
    claim: {
      step,
      id: newId('run'),
      leaseMs,
      mayReleaseSlot: mayReleaseSlot(after.plan),
      isIntended: intent !== null,
    },
  };
}

interface Made {
  writing: Writing;
  moved: Moved;
}

async function writeAlone(ledger: Ledger, { writing, moved }: Made): Promise<Finished | null> {
  const { before, after } = writing.decided;
  const mayFree = mayFreeSlot(before, after);
  const isAsOne = mayFree && writing.claim === undefined;
  const written = isAsOne ? await writeAndGrant(ledger, writing) : await writeDecision(ledger, ledger.db, writing);
  if (written === null) return null;
  if (written.isDue) ledger.notifier.notify();
  if (mayFree && !isAsOne) await grantAfterMove(ledger, after.tenant);
  return { moved, ...nextOf(writing, written) };
}

async function writeAndGrant(ledger: Ledger, writing: Writing): Promise<Written | null> {
  const rows = await moveAndGrant(ledger, writing.decided.after.tenant, writingDecision(ledger, writing));
  return writtenOf(writing, writtenRows.parse(rows));
}

function nextOf({ decided: { after }, claim, also }: Writing, written: Written): Omit<Finished, 'moved'> {
  if (claim === undefined || !written.isClaimed) return { next: null };
  const { step, id, isIntended } = claim;
  const { flowsOff = [], hasDirectory = true } = written;
  const next = { step, shipment: after, number: 1, failures: 0, id, isIntended, flowsOff, hasDirectory };
  return also === undefined ? { next } : { next, alsoDone: also.step };
}

/** Whether more than the shipment's own rows may have to change with it. */
function needsTransaction({ decided: { before, after, isRetried }, unregistered }: Writing): boolean {
  return isRetried || (unregistered === undefined && isActive(before) !== isActive(after));
}

const isActive = ({ plan }: Shipment): boolean => plan.credential === 'active';

/**
 * The users of a credential that becomes active, where the tenant writes no registrations: then there is none to change, unless
 * it wrote some before. One that is revoked may have a registration that the statement does not see yet.
 */
function withoutRegistration({ isRegistrationWritten }: Ledger, { before, after }: Decided): Writing['unregistered'] {
  if (isActive(before) || !isActive(after)) return undefined;
  const users = registeredUsersOf(after);
  return users.length === 0 || users.some(({ org }) => isRegistrationWritten(org)) ? undefined : users;
}

async function writeWithConsequences(
  ledger: Ledger,
  { writing, moved, alongside }: Made & Pick<Commit, 'alongside'>,
): Promise<Finished | null> {
  const { before, after, isRetried } = writing.decided;
  const { isDue, finished } = await ledger.db.transaction().execute(async (tx) => {
    const locksSlots = mayFreeSlot(before, after);
    const written = await writeDecision(ledger, tx, { ...writing, locksSlots });
    if (written === null) return { isDue: false, finished: null };
    if (isRetried) await retryNow(tx, after.id);
    const isRegistrationDue = await requireRegistration(ledger, tx, { before, after });
    const grant = written.isSlotLocked ? grantLockedSlots : grantSlots;
    const granted = locksSlots ? await grant(ledger, tx, after.tenant) : [];
    await alongside?.(tx, after);
    return {
      isDue: written.isDue || isRetried || isRegistrationDue || granted.length > 0,
      finished: { moved: granted.includes(after.id) ? inSlot(moved) : moved, ...nextOf(writing, written) },
    };
  });
  if (isDue) ledger.notifier.notify();
  // A slot may have become free that this transaction could not see.
  if (finished !== null && isWaitingForSlot(finished.moved.shipment.plan)) await grantAfterMove(ledger, after.tenant);
  return finished;
}
