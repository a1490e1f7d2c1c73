import type { Context } from '@keycourier/journey/ports/context';
import type { HubAttempt, HubClaim } from '@keycourier/journey/ports/hub';
import type { StepAttempt } from '@keycourier/journey/ports/ledger';
import type { RegistrationAttempt } from '@keycourier/journey/ports/registration';

import { holdLease, type Lease } from './hold-lease.ts';

interface LeaseOptions {
  leaseMs: number;
  /** Renews an attempt's lease; false when the attempt has lost it. */
  renew: (attempt: StepAttempt) => Promise<boolean>;
  renewRegistration: (attempt: RegistrationAttempt) => Promise<boolean>;
  renewHub: (table: 'mirrors' | 'mirror_groups' | 'comparisons', attempt: HubAttempt) => Promise<boolean>;
  onError: (error: unknown) => void;
}

/**
 * The context of one job: from the claim of its step on, the lease is renewed, and once it is lost, each move and each call
 * to a service is refused before it is made.
 * @throws LeaseLostError from those
 */
export function withLease(context: Context, options: LeaseOptions): Context {
  const held = createHeldLease(options);
  const confirm = async (): Promise<void> => held.current?.confirm();
  return {
    ...context,
    identity: guard(context.identity, confirm),
    hub: guard(context.hub, confirm),
    mirrors: leasedMirrors(context.mirrors, held, options),
    fulfillment: guard(context.fulfillment, confirm),
    mail: guard(context.mail, confirm),
    ledger: leasedLedger(context.ledger, held, { ...options, move: guard(context.ledger, confirm).move, confirm }),
    registrations: leasedRegistrations(context.registrations, held, options),
    groups: leasedGroups(context.groups, held, options),
    comparisons: leasedComparisons(context.comparisons, held, options),
    imports: leasedImports(context.imports, held),
    importCalls: guard(context.importCalls, confirm),
  };
}

interface HeldLease {
  current: Lease | null;
  hold: (claimedAtMs: number, renew: () => Promise<boolean>) => void;
  end: () => void;
}

function createHeldLease({ leaseMs, onError }: LeaseOptions): HeldLease {
  const held: HeldLease = {
    current: null,
    hold: (claimedAtMs, renew) => {
      held.current?.end();
      held.current = holdLease({ leaseMs, claimedAtMs, renew, onError });
    },
    end: () => {
      held.current?.end();
      held.current = null;
    },
  };
  return held;
}

const leasedLedger = (
  ledger: Context['ledger'],
  held: HeldLease,
  { renew, confirm, move }: LeaseOptions & Pick<Context['ledger'], 'move'> & { confirm: () => Promise<void> },
): Context['ledger'] => ({
  ...ledger,
  move,
  claimStep: async (step, shipmentId, dispatchId) => {
    const claimedAtMs = performance.now();
    const claim = await ledger.claimStep(step, shipmentId, dispatchId);
    if (claim.outcome === 'claimed') held.hold(claimedAtMs, () => renew(claim.attempt));
    return claim;
  },
  recordVerdict: async (eventId, verdict, chain) => {
    const claimedAtMs = performance.now();
    const recorded = await ledger.recordVerdict(eventId, verdict, chain);
    const next = recorded.outcome === 'created' ? recorded.next : undefined;
    if (next !== undefined) held.hold(claimedAtMs, () => renew(next));
    return recorded;
  },
  finishAttempt: async (attempt, result) => {
    held.end();
    await ledger.finishAttempt(attempt, result);
  },
  finishWithMove: async (attempt, last, chain) => {
    await confirm();
    const claimedAtMs = performance.now();
    const finished = await ledger.finishWithMove(attempt, last, chain);
    const { next } = finished;
    if (next !== null) held.hold(claimedAtMs, () => renew(next));
    else if (last.resultOf(finished.moved) !== null) held.end();
    return finished;
  },
});

/** A claim that begins to hold the lease of its attempt. */
const holding =
  <Parameters extends readonly unknown[], Attempt extends HubAttempt>(
    held: HeldLease,
    port: { claim: (...parameters: Parameters) => Promise<HubClaim<Attempt>> },
    renew: (attempt: HubAttempt) => Promise<boolean>,
  ) =>
  async (...parameters: Parameters): Promise<HubClaim<Attempt>> => {
    const claimedAtMs = performance.now();
    const claimed = await port.claim(...parameters);
    if (claimed.outcome === 'claimed') held.hold(claimedAtMs, () => renew(claimed.attempt));
    return claimed;
  };

/** A finish whose outcome says whether the attempt has ended, and with it the renewal of its lease. */
const finishing =
  <Parameters extends readonly unknown[], Finished extends { outcome: string }>(
    held: HeldLease,
    port: { finish: (...parameters: Parameters) => Promise<Finished> },
  ) =>
  async (...parameters: Parameters): Promise<Finished> => {
    const finished = await port.finish(...parameters);
    if (finished.outcome === 'ended') held.end();
    return finished;
  };

/**
 * A port some of whose calls end the attempt, and with it the renewal of its lease; others are `own`. Each job makes one of each
 * port and needs few of them: nothing is read before it is called, as spreading a proxy would read all.
 */
const releasingAt = <Port extends object>(
  port: Port,
  held: HeldLease,
  { ends, own }: { ends: readonly (keyof Port)[]; own: Partial<Port> },
): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(Object.hasOwn(own, name) ? own : target, name);
      if (typeof call !== 'function' || !ends.some((one) => one === name)) return call;
      return async (...parameters: unknown[]): Promise<unknown> => {
        held.end();
        const result: unknown = await Reflect.apply(call, target, parameters);
        return result;
      };
    },
  });

const leasedRegistrations = (
  registrations: Context['registrations'],
  held: HeldLease,
  { renewRegistration }: LeaseOptions,
): Context['registrations'] =>
  releasingAt(registrations, held, {
    ends: ['postpone', 'drop'],
    own: {
      claim: async (id, dispatchId) => {
        const claimedAtMs = performance.now();
        const claim = await registrations.claim(id, dispatchId);
        if (claim.outcome === 'claimed') held.hold(claimedAtMs, () => renewRegistration(claim.attempt));
        return claim;
      },
      finish: finishing(held, registrations),
    },
  });

const leasedMirrors = (mirrors: Context['mirrors'], held: HeldLease, { renewHub }: LeaseOptions): Context['mirrors'] =>
  releasingAt(mirrors, held, {
    ends: ['postpone'],
    own: {
      claim: holding(held, mirrors, (attempt) => renewHub('mirrors', attempt)),
      finish: finishing(held, mirrors),
    },
  });

const leasedGroups = (groups: Context['groups'], held: HeldLease, { renewHub }: LeaseOptions): Context['groups'] =>
  releasingAt(groups, held, {
    ends: ['finish', 'finishMembers', 'postpone'],
    own: {
      claim: holding(held, groups, (attempt) => renewHub('mirror_groups', attempt)),
    },
  });

/** What records where a run goes on ends the attempt, too: another job does the next page. */
const leasedComparisons = (
  comparisons: Context['comparisons'],
  held: HeldLease,
  { renewHub }: LeaseOptions,
): Context['comparisons'] =>
  releasingAt(comparisons, held, {
    ends: ['recordSpoke', 'recordHub', 'restart', 'end', 'postpone'],
    own: {
      claim: holding(held, comparisons, (attempt) => renewHub('comparisons', attempt)),
    },
  });

const leasedImports = (imports: Context['imports'], held: HeldLease): Context['imports'] =>
  releasingAt(imports, held, {
    ends: ['restart', 'recordTargets', 'recordPeople', 'endReading', 'end'],
    own: {
      recordWritten: async (...written) => {
        const isRecorded = await imports.recordWritten(...written);
        if (!isRecorded) held.end();
        return isRecorded;
      },
    },
  });

/** A port that confirms the lease before each call. */
function guard<Port extends object>(port: Port, confirm: () => Promise<void>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...parameters: unknown[]): Promise<unknown> => {
        await confirm();
        const result: unknown = Reflect.apply(call, target, parameters);
        return result;
      };
    },
  });
}
