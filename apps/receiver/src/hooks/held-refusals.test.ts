import { expect, test } from '@jest/globals';
import { createHeldAnswers, standardHoldLimits } from '@keycourier/runtime/held-answers';
import { until } from '@keycourier/runtime/testing/until';

import { envelope, groupAdd } from '../testing/deliveries.ts';
import { runReceiver } from '../testing/running-receiver.ts';

test('deliveries with a wrong secret are answered slowly after some, and a valid secret from the same address is not', async () => {
  const { promptPerMinute } = standardHoldLimits;
  const held = createHeldAnswers({ ...standardHoldLimits, holdMs: 600_000 });
  let refusals = 0;
  const hold: typeof held.hold = (subject, response) => {
    refusals += 1;
    return held.hold(subject, response);
  };
  const receiver = await runReceiver({ held: { ...held, hold } });
  const statuses: number[] = [];
  const flood = Array.from({ length: promptPerMinute + 10 }, async () => {
    const { status } = await receiver.deliver(envelope([groupAdd('u-1')]), { secret: 'wrong' });
    statuses.push(status);
  });
  await until(
    () => statuses.length,
    (length) => length === promptPerMinute,
  );
  expect((await receiver.deliver(envelope([groupAdd('u-2')]))).status).toBe(204);
  expect(statuses).toHaveLength(promptPerMinute);
  await until(
    () => refusals,
    (count) => count === promptPerMinute + 10,
  );
  await receiver.stop();
  await Promise.all(flood);
  expect(statuses).toEqual(Array.from({ length: promptPerMinute + 10 }, () => 401));
});
