import { describe, expect, test } from '@jest/globals';

import type { Change, Decision } from '../../model/change.ts';
import type { Shipment } from '../../model/shipment.ts';
import type { AttemptResult, Chain, Finished, LastMoves, StepAttempt } from '../../ports/ledger.ts';
import { chainOf, ready, toActiveKey, type LedgerInUse } from './ledger-under-test.ts';

const result: AttemptResult = { outcome: 'done', why: null };
const by = (change: Change) => (): Decision => ({ change, note: { event: 'test.moved' } });
const pause = { until: new Date(Date.now() + 1e12), reason: 'okta answers 401', service: 'okta' } as const;
const enrolled: Change = {
  order: 'enrolled',
  credential: 'pending',
  credentialDetails: { enrollmentId: 'enr-1', keyId: 'key-1' },
  secrets: { requestEnvelopes: { pinRequestJwe: 'pin', credRequestJwe: 'credential' } },
};

export function lastMovesContract(setUp: () => LedgerInUse): void {
  const finish = (attempt: StepAttempt, moves: LastMoves['moves'], chain: Chain = chainOf(true)): Promise<Finished> =>
    setUp().port.finishWithMove(attempt, { moves, resultOf: () => result }, chain);

  /** A shipment whose credential is being enrolled, by an attempt that has not ended. */
  const enrolling = async (): Promise<StepAttempt> => {
    const { createShipment, move, claimed } = setUp();
    const id = await createShipment();
    await move(id, ready);
    const attempt = await claimed('enroll-credential', id);
    await move(id, { order: 'enrolling' });
    return attempt;
  };

  describe('the last move of an attempt', () => {
    test('ends it, and claims the step that it makes next', async () => {
      const { createShipment, claimed, claim } = setUp();
      const id = await createShipment();
      const chain = chainOf(true);
      const { moved, next } = await finish(await claimed('check-profile', id), [by(ready)], chain);
      expect(moved).toMatchObject({ outcome: 'moved', shipment: { plan: { order: 'ready', inSlot: true } } });
      expect(next).toMatchObject({ step: 'enroll-credential', number: 1, failures: 0, shipment: { id } });
      expect([chain.candidates, chain.claims.includes(true)]).toEqual([['enroll-credential'], true]);
      expect(await claim('enroll-credential', id)).toMatchObject({ outcome: 'already_running' });
    });

    test('commits the intent of a step that reads nothing first with its claim', async () => {
      const { port } = setUp();
      const attempt = await enrolling();
      const { next } = await finish(attempt, [by(enrolled)]);
      const stored = await port.read(attempt.shipment.id);
      expect(next).toMatchObject({ step: 'place-order', isIntended: true, shipment: { plan: { order: 'placing' } } });
      expect(stored.intents.order).toEqual(next?.shipment.intents.order);
      expect(stored).toMatchObject({ plan: { order: 'placing' }, intents: { order: { attempt: 1 } } });
    });

    const released = by({ pin: 'released' });
    const [, , , , , active, ...afterwards] = toActiveKey;

    /** An attempt that activates a key, whose PIN is released and mailed next. */
    const activating = async (): Promise<StepAttempt> => {
      const { createShipment, move, claimed } = setUp();
      const id = await createShipment();
      for (const change of toActiveKey.slice(0, -afterwards.length - 1)) await move(id, change);
      await move(id, { programmed: true, pin: 'sealed' });
      return claimed('activate-credential', id);
    };

    const activate = (attempt: StepAttempt, chain: Chain): Promise<Finished> => {
      const doneWith: LastMoves['doneWith'] = (step) => (step === 'release-pin' ? released() : null);
      const moves = [by({ credential: active?.credential ?? 'none' })];
      return setUp().port.finishWithMove(attempt, { moves, resultOf: () => result, doneWith }, chain);
    };

    test('does a step between that needs no call, and claims the one after', async () => {
      const { port, claim } = setUp();
      const chain = chainOf(true);
      const attempt = await activating();
      const { moved, next, alsoDone } = await activate(attempt, chain);
      expect(moved).toMatchObject({ outcome: 'moved', shipment: { plan: { credential: 'active', pin: 'sealed' } } });
      expect(alsoDone).toBe('release-pin');
      expect(next).toMatchObject({ step: 'send-pin', isIntended: true, shipment: { plan: { pin: 'sending' } } });
      expect(chain.candidates).toEqual(['send-pin']);
      const { id } = attempt.shipment;
      expect((await port.read(id)).plan).toMatchObject({ credential: 'active', pin: 'sending' });
      expect(await claim('release-pin', id)).toMatchObject({ outcome: 'not_next' });
      expect(await claim('send-pin', id)).toMatchObject({ outcome: 'already_running' });
    });

    test.each<[string, boolean, () => Promise<unknown>]>([
      ['the one after is not admitted', false, async () => undefined],
      ['its tenant is paused', true, () => setUp().port.pauseTenant('acme', pause)],
    ])('leaves that step to its job where %s', async (_, isAdmitted, arrange) => {
      const { port } = setUp();
      const attempt = await activating();
      await arrange();
      const finished = await activate(attempt, chainOf(isAdmitted));
      expect(finished).toMatchObject({ moved: { outcome: 'moved' }, next: null });
      expect(finished.alsoDone).toBeUndefined();
      expect((await port.read(attempt.shipment.id)).plan).toMatchObject({ credential: 'active', pin: 'sealed' });
    });

    test('leaves the next step to its job where the chain does not admit it', async () => {
      const { port, claimed } = setUp();
      const attempt = await enrolling();
      expect(await finish(attempt, [by(enrolled)], chainOf(false))).toMatchObject({ next: null });
      expect((await port.read(attempt.shipment.id)).plan.order).toBe('enrolled');
      expect(await claimed('place-order', attempt.shipment.id)).toMatchObject({ number: 1 });
    });

    test.each<[string, () => Promise<unknown>]>([
      ['its tenant is paused', () => setUp().port.pauseTenant('acme', pause)],
      ['no orders are placed', () => setUp().under.switchFlow('process-shipments', false)],
    ])('makes its move and commits no intent while %s', async (_, arrange) => {
      const { port } = setUp();
      const attempt = await enrolling();
      await arrange();
      expect(await finish(attempt, [by(enrolled)])).toMatchObject({ moved: { outcome: 'moved' }, next: null });
      expect(await port.read(attempt.shipment.id)).toMatchObject({ plan: { order: 'enrolled' }, intents: {} });
    });

    test('is several moves where there are, each about what the one before made', async () => {
      const { port, createShipment, claimed } = setUp();
      const id = await createShipment();
      const orders: string[] = [];
      const seeing = (change: Change) => (shipment: Shipment) => {
        orders.push(shipment.plan.order);
        return by(change)();
      };
      await finish(await claimed('check-profile', id), [seeing(ready), () => null, seeing({ order: 'cancelled' })]);
      expect((await port.read(id)).plan.order).toBe('cancelled');
      expect([...new Set(orders)]).toEqual(['requested', 'ready']);
    });

    test('that is declined ends the attempt all the same', async () => {
      const { createShipment, claimed } = setUp();
      const id = await createShipment();
      expect(await finish(await claimed('check-profile', id), [() => null])).toMatchObject({
        moved: { outcome: 'declined' },
        next: null,
      });
      expect(await claimed('check-profile', id)).toMatchObject({ number: 2 });
    });

    test('decides about what another move committed meanwhile', async () => {
      const { port, createShipment, claimed, move } = setUp();
      const id = await createShipment();
      const attempt = await claimed('check-profile', id);
      await move(id, { order: 'cancelled' });
      const { moved } = await finish(attempt, [({ plan }) => (plan.order === 'requested' ? by(ready)() : null)]);
      expect(moved).toMatchObject({ outcome: 'declined', shipment: { plan: { order: 'cancelled' } } });
      expect((await port.read(id)).plan.order).toBe('cancelled');
    });

    test('leaves the attempt running where more is to be done', async () => {
      const { port, createShipment, claimed, claim } = setUp();
      const id = await createShipment();
      const attempt = await claimed('check-profile', id);
      const last = { moves: [() => null], resultOf: () => null };
      expect(await port.finishWithMove(attempt, last, chainOf(true))).toMatchObject({ next: null });
      expect(await claim('check-profile', id)).toMatchObject({ outcome: 'already_running' });
    });
  });
}
