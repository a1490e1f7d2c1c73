import type { FloodResult } from '../load/requests.ts';
import { rangeOf } from '../measure/statistics.ts';
import { measurePeer, type PeerRounds } from '../peers/measure-peers.ts';
import { n8n } from '../peers/n8n.ts';
import { nodeRed } from '../peers/node-red.ts';
import type { Peer } from '../peers/peer.ts';
import { restate } from '../peers/restate.ts';
import { atLeast, bar, medianOf, number, ranged, rangedOf, ratios } from '../report/format.ts';
import { nothingFound, type Chart, type Found, type Table } from '../report/result.ts';
import { withScratch } from '../stack/scratch.ts';
import type { Effort, Part } from './part.ts';

interface Measured {
  peer: Peer;
  rounds: PeerRounds;
}

type Outcome = Measured | { peer: Peer; reason: string };

const rate = ({ perSecond }: FloodResult): number => perSecond;
const isMeasured = (one: Outcome): one is Measured => 'rounds' in one;

async function run({ rounds, onProgress }: Effort): Promise<Found> {
  const outcomes: Outcome[] = [];
  for (const peer of [restate, nodeRed, n8n]) {
    onProgress(`peers: ${peer.name}`);
    outcomes.push(await attempt(peer, Math.min(rounds, 3)));
  }
  const measured = outcomes.filter(isMeasured);
  return {
    ...nothingFound,
    tables: [tableOf(measured)],
    charts: [chartOf(measured)],
    targets: outcomes.map((one) =>
      atLeast(`Intake, times ${one.peer.name}`, isMeasured(one) ? rangeOf(factors(one)).median : null, [1, '×']),
    ),
    notes: outcomes.map((one) => {
      const what = `**${one.peer.name}** (${one.peer.packages.join(', ')})`;
      return isMeasured(one) ? `${what}: ${one.peer.setup}` : `${what} could not be measured here: ${one.reason}`;
    }),
  };
}

const factors = ({ rounds }: Measured): number[] => ratios(rounds.receiver, rounds.peer, rate);

const tableOf = (measured: readonly Measured[]): Table => ({
  title: 'Deliveries of one event, 50 connections',
  columns: ['', 'deliveries/s', 'p99 ms', 'refused', 'receiver in the same run, /s', 'receiver, times the peer'],
  rows: measured.map((one) => [
    `${one.peer.name}${one.peer.isDurable ? '' : ' (not durable)'}`,
    rangedOf(one.rounds.peer, rate),
    number(medianOf(one.rounds.peer, ({ p99Ms }) => p99Ms)),
    number(medianOf(one.rounds.peer, ({ failed }) => failed)),
    rangedOf(one.rounds.receiver, rate),
    ranged(rangeOf(factors(one))),
  ]),
});

const chartOf = (measured: readonly Measured[]): Chart => ({
  name: 'peers',
  title: 'Deliveries of one event',
  unit: 'a second',
  bars: measured.flatMap(({ peer, rounds }) => [
    bar(`${peer.name}${peer.isDurable ? '' : ', not durable'}`, rangeOf(rounds.peer.map(rate))),
    bar(`receiver beside ${peer.name}`, rangeOf(rounds.receiver.map(rate)), true),
  ]),
});

async function attempt(peer: Peer, rounds: number): Promise<Outcome> {
  try {
    const options = { peer, rounds, seconds: 4 };
    return { peer, rounds: await withScratch((dir, cleanUps) => measurePeer(dir, cleanUps, options)) };
  } catch (error) {
    return { peer, reason: error instanceof Error ? error.message : String(error) };
  }
}

export const peers: Part = {
  isLong: true,
  title: 'Peers',
  about:
    'Other programs that take an event by HTTP, installed from npm and set up as their documentation recommends for production, in alternating rounds with the receiver: 50 connections, one event a delivery.',
  run,
};
