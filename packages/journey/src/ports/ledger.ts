import type { Decision } from '../model/change.ts';
import type { FlowSlug } from '../model/flows.ts';
import type { StepName } from '../model/plan.ts';
import type { Purpose } from '../model/purpose.ts';
import type { SeenUser } from '../model/seen-user.ts';
import type { Shipment, Trigger } from '../model/shipment.ts';
import type { Product } from '../model/tenant.ts';
import type { Service } from './errors.ts';

export type Moved =
  | { outcome: 'moved'; shipment: Shipment }
  /** `decide` returned null: another move was first, or nothing is left to do. */
  | { outcome: 'declined'; shipment: Shipment }
  /** The user already has another open shipment for this purpose. */
  | { outcome: 'duplicate'; of: string; shipment: Shipment };

export interface LedgerPort {
  /** A shipment as last committed, without a lock: what follows from it is decided again in a move. */
  read: (shipmentId: string) => Promise<Shipment>;
  /** The one write verb: locks the row, calls `decide`, and writes state, history and outbox messages in one transaction. */
  move: (shipmentId: string, decide: (shipment: Shipment) => Decision | null) => Promise<Moved>;
  /**
   * Claims a step for one attempt: no other starts before it is finished or its lease has run out. Of a step that only reads
   * another may start; of their ends the second changes nothing. `dispatchId` is that of the job; when the message was
   * dispatched again since, the later job runs the step.
   */
  claimStep: (step: StepName, shipmentId: string, dispatchId: string | null) => Promise<ClaimResult>;
  finishAttempt: (attempt: StepAttempt, result: AttemptResult) => Promise<void>;
  /**
   * Makes the last moves of an attempt, one after the other, ends it, and claims the shipment's next step where `chain`
   * admits it: all in one transaction. With that claim a step between the two may be done. Where `resultOf` returns null, the
   * attempt goes on.
   */
  finishWithMove: (attempt: StepAttempt, last: LastMoves, chain: Chain) => Promise<Finished>;
  readEvent: (eventId: string) => Promise<InboundEvent | null>;
  /**
   * Where the verdict creates one shipment and `chain` admits its first step, that may be claimed in the same transaction. It
   * gets to know the user who was seen, unless an event since may have changed them: one that was decided before found no shipment.
   */
  recordVerdict: (eventId: string, verdict: Verdict, chain?: Chain) => Promise<RecordedVerdict>;
  /** Records that an attempt ended `later`, and keeps the sweep from publishing the event again before that time. */
  postponeEvent: (eventId: string, afterMs: number, failure?: StepFailure) => Promise<void>;
  /** A service refuses the tenant's credentials (401 or 403): its steps pause until `until`, or until the service accepts a call. */
  pauseTenant: (tenant: string, pause: { until: Date; reason: string; service: Service }) => Promise<void>;
}

/** Why an attempt is repeated. */
export interface StepFailure {
  /** The service that the step waits for: it is tried again as soon as the service answers. Null where it does not answer by then. */
  waitsFor: Service | null;
  /** The service refuses the credentials, rather than not answering: it is tried less often. */
  isRefusal?: boolean;
  /** False where the wait was named by the service, or the call was never made: then the next failure waits no longer. */
  isCounted: boolean;
}

export interface LastMoves {
  moves: readonly ((shipment: Shipment) => Decision | null)[];
  /** Pure, and called again where another move was first. */
  resultOf: (moved: Moved) => AttemptResult | null;
  /** All that the step which the moves make next is to do, where it needs no call; null where it is to run. */
  doneWith?: (step: StepName, shipment: Shipment) => Decision | null;
}

/** Decides which steps may follow in the process that made them next, without a job. */
export interface Chain {
  /** Whether this step of the shipment may be claimed now; reserves what it needs until `onClaim`. */
  admit: (step: StepName, shipment: Shipment) => boolean;
  /** Whether the admitted step was claimed. */
  onClaim: (isClaimed: boolean) => void;
  /** What a step commits before its call, where it reads nothing first; null where it does not begin with a move. */
  intentOf: (step: StepName, shipment: Shipment) => Decision | null;
}

export interface Finished {
  moved: Moved;
  /** The attempt at the next step that this process is to run now. */
  next: StepAttempt | null;
  /** The step before that one, which was done with the moves; absent where there is none. */
  alsoDone?: StepName;
}

/** What an attempt knows of its tenant, as of its begin. */
export interface TenantAtBegin {
  flowsOff: readonly FlowSlug[];
  /** Whether the tenant has people in the directory, or had some: else it looks for none. */
  hasDirectory: boolean;
}

export interface StepAttempt extends TenantAtBegin {
  step: StepName;
  shipment: Shipment;
  /** 1 for the first attempt of this step, counting those that ended `later`. */
  number: number;
  /** Failed attempts in a row before this one. */
  failures: number;
  id: string;
  /** The step's intent was committed with the claim: its call was not made yet. */
  isIntended?: boolean;
  /** What a step before it, which it followed at once, has read; or its event. */
  seen?: SeenUser;
}

export type ClaimResult =
  | { outcome: 'claimed'; attempt: StepAttempt }
  | { outcome: 'not_next'; shipment: Shipment }
  | { outcome: 'superseded' }
  | { outcome: 'already_running'; retryAfterMs: number }
  | { outcome: 'tenant_paused'; retryAfterMs: number; reason: string }
  | { outcome: 'not_found' };

export interface AttemptResult {
  outcome: 'done' | 'later' | 'stop' | 'threw';
  why: string | null;
  /** When the step is to be tried again; absent where it is not. */
  afterMs?: number;
  /** Absent where nothing failed: then failures are counted anew. */
  failure?: StepFailure;
}

export type EventSource = 'hook' | 'catch_up' | 'scim';

export interface InboundEvent {
  id: string;
  tenant: string;
  /** The event as received, parsed tolerantly by intake. */
  body: unknown;
  state: 'received' | 'ignored' | 'accepted' | 'set_aside';
  /** What brought it: only a write to the directory brings an event of the directory. */
  source: EventSource;
  /** Failed attempts in a row. */
  failures: number;
  /** The tenant's flows that are off now, or were when the event was published: it is not replayed later, however late it comes. */
  flowsOff: readonly FlowSlug[];
}

export interface ShipmentRequest {
  tenant: string;
  trigger: Trigger;
  purpose: Purpose;
  userId: string | null;
  login: string | null;
  product: Product;
  groupId: string | null;
  /** Of a request by a group of the directory: its member, and the connection that added them. */
  directory?: { personId: string; by: string } | undefined;
}

/** Of an event of the directory. */
export interface DirectorySubject {
  personId: string;
  /** The connection that made the change, or `manual`. */
  by: string;
  /** Where the client sends it, or Okta has been asked for it. */
  userId: string | null;
  login: string | null;
}

/** What is decided about one key that an event asks for. */
export type KeyVerdict =
  | { verdict: 'ignored'; reason: string }
  /** Something was asked for that cannot be done as it is: it is set aside for an operator. */
  | { verdict: 'set_aside'; reason: string }
  /** `seen` is whom Okta has shown for it. */
  | { verdict: 'key_request'; request: ShipmentRequest; seen?: SeenUser };

export type Verdict =
  | KeyVerdict
  /** An event that asks for several keys: each is recorded under its own number. */
  | { verdict: 'several_keys'; keys: readonly [KeyVerdict, ...KeyVerdict[]] }
  /** The user's held shipments are to be checked again. `login` finds a check that has not resolved the user yet. */
  | { verdict: 'recheck'; userId: string | null; login: string | null; personId?: string }
  /** The user left: open shipments are cancelled where possible, and with `revokes` their credentials revoked. */
  | { verdict: 'leaver'; userId: string; groupId: string | null; cancels: boolean; revokes: boolean }
  /** The same for a person of the directory: who left its group, or is inactive since `deactivatedAt` and was not reactivated. */
  | {
      verdict: 'directory_leaver';
      subject: DirectorySubject;
      groupId: string | null;
      deactivatedAt: Date | null;
      cancels: boolean;
      revokes: boolean;
    }
  /** Open shipments are held at once. The event stays `received`: it is decided about again at `until`. */
  | { verdict: 'suspend'; subject: DirectorySubject; deactivatedAt: Date; until: Date }
  /** What is suspended goes on, as long as the person is active. */
  | { verdict: 'reactivate'; subject: DirectorySubject; isWelcomed: boolean; otherwise: string };

export type RecordedKey =
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'set_aside'; reason: string }
  /** `next` is the attempt at the first step that this process is to run now. */
  | { outcome: 'created'; shipmentId: string; next?: StepAttempt };

export type RecordedVerdict =
  | RecordedKey
  | { outcome: 'several_keys'; keys: readonly RecordedKey[] }
  | { outcome: 'rechecked'; shipmentIds: readonly string[] }
  | { outcome: 'offboarded'; shipmentIds: readonly string[] }
  | { outcome: 'suspended'; shipmentIds: readonly string[] }
  | { outcome: 'reactivated'; shipmentIds: readonly string[] }
  | { outcome: 'welcomed' }
  /** A check of this user is running and may have read the profile before the change: try again when it has ended. */
  | { outcome: 'check_under_way' };
