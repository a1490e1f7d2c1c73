import { describe, expect, test } from '@jest/globals';

import { checkedProfile } from '../samples.ts';
import { ready, type LedgerInUse } from './ledger-under-test.ts';

export function movesContract(setUp: () => LedgerInUse): void {
  describe('a move', () => {
    test('is committed with what follows from it', async () => {
      const { port, createShipment, move } = setUp();
      const id = await createShipment();
      const moved = await move(id, { ...ready, cancelRequested: true });
      expect(moved).toMatchObject({ outcome: 'moved', shipment: { id, plan: { order: 'cancelled' } } });
      expect(await port.read(id)).toEqual(moved.shipment);
    });

    test('keeps a secret until it is set to null', async () => {
      const { port, createShipment, move } = setUp();
      const id = await createShipment({ login: 'ada@example.com' });
      await move(id, ready);
      expect((await port.read(id)).secrets).toEqual({ login: 'ada@example.com', profile: checkedProfile() });
      await move(id, { secrets: { profile: null } });
      expect((await port.read(id)).secrets).toEqual({ login: 'ada@example.com' });
    });

    test('that is declined changes nothing', async () => {
      const { port, createShipment } = setUp();
      const id = await createShipment();
      const before = await port.read(id);
      expect(await port.move(id, () => null)).toEqual({ outcome: 'declined', shipment: before });
      expect(await port.read(id)).toEqual(before);
    });

    test('that is illegal throws and changes nothing', async () => {
      const { port, createShipment, move } = setUp();
      const id = await createShipment();
      const before = await port.read(id);
      await expect(move(id, { order: 'placed' })).rejects.toMatchObject({ code: 'illegal_move' });
      expect(await port.read(id)).toEqual(before);
    });

    test('that would open a second shipment of one user changes nothing and returns the other', async () => {
      const { port, createShipment, move } = setUp();
      const first = await createShipment();
      const second = await createShipment({ userId: null, login: 'ada@example.com' });
      const before = await port.read(second);
      expect(await move(second, { user: { id: '00u1' } })).toEqual({
        outcome: 'duplicate',
        of: first,
        shipment: before,
      });
      expect(await port.read(second)).toEqual(before);
      await move(first, { order: 'cancelled' });
      expect(await move(second, { user: { id: '00u1' } })).toMatchObject({ outcome: 'moved' });
    });

    test('of a shipment that does not exist throws, as a read does', async () => {
      const { port } = setUp();
      await expect(port.move('shp_none', () => null)).rejects.toThrow('shp_none');
      await expect(port.read('shp_none')).rejects.toThrow('shp_none');
    });

    test('grants the one slot to the shipment that waits longest', async () => {
      const { port, createShipment, move, claim } = setUp();
      const [first, second] = [await createShipment(), await createShipment({ userId: '00u2' })];
      expect(await move(first, ready)).toMatchObject({ shipment: { plan: { inSlot: true } } });
      expect(await move(second, ready)).toMatchObject({ shipment: { plan: { inSlot: false } } });
      expect(await claim('enroll-credential', second)).toMatchObject({ outcome: 'not_next' });
      await move(first, { order: 'cancelled' });
      expect((await port.read(second)).plan.inSlot).toBe(true);
    });
  });
}
