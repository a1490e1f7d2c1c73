import { beforeEach } from '@jest/globals';

import type { Change } from '../../model/change.ts';
import type { FlowSlug } from '../../model/flows.ts';
import type { StepName } from '../../model/plan.ts';
import type { Chain, ClaimResult, LedgerPort, ShipmentRequest, StepAttempt, Verdict } from '../../ports/ledger.ts';
import { intentOf } from '../../steps/steps.ts';
import { checkedProfile, product } from '../samples.ts';

/** A ledger port on an empty ledger, and what other processes do to that ledger. The tenant is `acme`. */
export interface LedgerUnderTest {
  port: LedgerPort;
  leaseMs: number;
  /** Records an event as the receiver does. */
  recordEvent: () => Promise<string>;
  switchFlow: (flow: FlowSlug, enabled: boolean) => Promise<void>;
  dispatchIdOf: (step: StepName, shipmentId: string) => Promise<string>;
  /** The attempt's worker has crashed, and its lease has run out. */
  expireLease: (attempt: StepAttempt) => Promise<void>;
}

export const ready: Change = { order: 'ready', profileChecked: true, secrets: { profile: checkedProfile() } };

export const requestFor = (request: Partial<ShipmentRequest>): ShipmentRequest => ({
  tenant: 'acme',
  trigger: 'api',
  purpose: 'primary',
  userId: '00u1',
  login: null,
  product,
  groupId: null,
  ...request,
});

export const toActiveKey: readonly Change[] = [
  ready,
  { order: 'enrolling' },
  { order: 'enrolled', credential: 'pending' },
  { order: 'placing' },
  { order: 'placed', parcel: 'preparing' },
  { programmed: true, pin: 'sealed', credential: 'active' },
  { pin: 'released', parcel: 'delivered' },
  { pin: 'sending' },
  { pin: 'sent' },
];

/** A chain that keeps what it was asked about. */
export interface Used extends Chain {
  candidates: StepName[];
  claims: boolean[];
}

export function chainOf(isAdmitted: boolean): Used {
  const used: Used = {
    candidates: [],
    claims: [],
    admit: (step) => {
      used.candidates.push(step);
      return isAdmitted;
    },
    onClaim: (isClaimed) => void used.claims.push(isClaimed),
    intentOf: intentOf(() => new Date()),
  };
  return used;
}

/** The ledger of the present test, and what the tests do with it. */
export interface LedgerInUse {
  under: LedgerUnderTest;
  port: LedgerPort;
  requestOf: (request?: Partial<ShipmentRequest>) => Verdict;
  record: (verdict: Verdict) => ReturnType<LedgerPort['recordVerdict']>;
  createShipment: (request?: Partial<ShipmentRequest>) => Promise<string>;
  move: (id: string, change: Change) => ReturnType<LedgerPort['move']>;
  claim: (step: StepName, id: string, dispatchId?: string | null) => Promise<ClaimResult>;
  /** @throws RangeError where the claim is not granted */
  claimed: (step: StepName, id: string) => Promise<StepAttempt>;
}

/** A new ledger before each test. @returns reads that of the present test */
export function ledgerForEachTest(create: () => Promise<LedgerUnderTest>): () => LedgerInUse {
  let current: LedgerInUse;
  beforeEach(async () => {
    current = use(await create());
  });
  return () => current;
}

function use(under: LedgerUnderTest): LedgerInUse {
  const { port } = under;
  const requestOf = (request: Partial<ShipmentRequest> = {}): Verdict => ({
    verdict: 'key_request',
    request: requestFor(request),
  });
  const record = async (verdict: Verdict) => port.recordVerdict(await under.recordEvent(), verdict);
  const claim = (step: StepName, id: string, dispatchId: string | null = null) => port.claimStep(step, id, dispatchId);
  return {
    under,
    port,
    requestOf,
    record,
    claim,
    createShipment: async (request = {}) => {
      const recorded = await record(requestOf(request));
      return recorded.outcome === 'created' ? recorded.shipmentId : `not created: ${recorded.outcome}`;
    },
    move: (id, change) => port.move(id, () => ({ change, note: { event: 'test.moved' } })),
    claimed: async (step, id) => {
      const result = await claim(step, id);
      if (result.outcome !== 'claimed') throw new RangeError(`the claim of ${step} is ${result.outcome}`);
      return result.attempt;
    },
  };
}
