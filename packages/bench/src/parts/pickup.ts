import { measurePickup, type Pickup } from '../journey/measure-pickup.ts';
import { atMost, number } from '../report/format.ts';
import { nothingFound, type Found } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import { backends, nameOf } from './journey.ts';
import type { Effort, Part } from './part.ts';

async function run({ isShort, onProgress }: Effort): Promise<Found> {
  const found: Pickup[] = [];
  for (const backend of backends) {
    onProgress(`pickup on ${backend}`);
    const options = { backend, events: isShort ? 80 : 600, everyMs: 25 };
    found.push(await withScratch((dir, cleanUps) => measurePickup(dir, cleanUps, options)));
  }
  return {
    ...nothingFound,
    tables: [
      {
        title: 'From commit to handler, ms',
        columns: ['', 'p50', 'p99', 'BullMQ alone: p50', 'p99', 'events'],
        rows: found.map(({ backend, ours, bullmq, events }) => [
          nameOf[backend],
          number(ours.p50),
          number(ours.p99),
          number(bullmq.p50),
          number(bullmq.p99),
          number(events),
        ]),
      },
    ],
    targets: found.map(({ backend, ours }) =>
      atMost(`Pickup, p99, ${nameOf[backend]}`, ours.p99, [backend === 'redis' ? 10 : 30, 'ms']),
    ),
    constants: Object.fromEntries(found.map(({ backend, ours }) => [`${backend}.pickupMs`, ours.p50])),
  };
}

export const pickup: Part = {
  title: 'Pickup',
  about:
    "From the answer to a delivery, which follows the commit, to the first call of the event's job: it reads the user at the stand-in for Okta. 40 events a second, each for a user that Okta does not know, so that nothing else is done. Compared with BullMQ alone: from add() to the handler, on the same store.",
  run,
};
