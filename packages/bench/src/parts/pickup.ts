import { measurePickup, type Percentiles, type Pickup } from '../journey/measure-pickup.ts';
import { atMost, medianOf, rangedOf } from '../report/format.ts';
import { nothingFound, type Found } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import { backends, nameOf } from './journey.ts';
import type { Effort, Part } from './part.ts';

const quick = { warmUp: 100, events: 80 };
/** As with the journey: a worker runs for weeks, and V8 has compiled what repeats by then. */
const thorough = { warmUp: 600, events: 400 };

async function run({ isShort, rounds, onProgress }: Effort): Promise<Found> {
  const found: Pickup[] = [];
  for (const backend of backends) {
    onProgress(`pickup on ${backend}`);
    const options = { backend, rounds, ...(isShort ? quick : thorough), everyMs: 25 };
    found.push(await withScratch((dir, cleanUps) => measurePickup(dir, cleanUps, options)));
  }
  return {
    ...nothingFound,
    tables: [
      {
        title: 'From commit to handler, ms',
        columns: ['', 'p50', 'p99', 'BullMQ alone: p50', 'p99'],
        rows: found.map(({ backend, ours, bullmq }) => [
          nameOf[backend],
          rangedOf(ours, p50),
          rangedOf(ours, p99),
          rangedOf(bullmq, p50),
          rangedOf(bullmq, p99),
        ]),
      },
    ],
    targets: found.map(({ backend, ours }) =>
      atMost(`Pickup, p99, ${nameOf[backend]}`, medianOf(ours, p99), [backend === 'redis' ? 10 : 30, 'ms']),
    ),
    constants: Object.fromEntries(found.map(({ backend, ours }) => [`${backend}.pickupMs`, medianOf(ours, p50)])),
  };
}

const p50 = (round: Percentiles): number => round.p50;
const p99 = (round: Percentiles): number => round.p99;

export const pickup: Part = {
  title: 'Pickup',
  about:
    "From the answer to a delivery, which follows the commit, to the first call of the event's job: it reads the user at the stand-in for Okta. 40 events a second, each for a user that Okta does not know, so that nothing else is done; 400 of them a round, after 600 that are not measured. Compared with BullMQ alone: from add() to the handler, on the same store.",
  run,
};
