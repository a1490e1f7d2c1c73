import { atMost, number } from '../report/format.ts';
import { nothingFound, type Found } from '../report/result.ts';
import { measureRest, type AtRest } from '../rest/measure-rest.ts';
import { withScratch } from '../stack/scratch.ts';
import { backends, nameOf } from './journey.ts';
import type { Effort, Part } from './part.ts';

const total = (processes: readonly AtRest[], name: 'cpuShare' | 'openPageShare'): number =>
  processes.reduce((sum, process) => sum + process[name], 0) * 100;

async function run({ isShort, onProgress }: Effort): Promise<Found> {
  const found = [];
  for (const backend of isShort ? backends.slice(0, 1) : backends) {
    onProgress(`start and rest, ${nameOf[backend]}`);
    const options = { backend, waitSeconds: isShort ? 3 : 60, seconds: isShort ? 6 : 40 };
    found.push({ backend, processes: await withScratch((dir, cleanUps) => measureRest(dir, cleanUps, options)) });
  }
  return {
    ...nothingFound,
    tables: found.map(({ backend, processes }) => ({
      title: nameOf[backend],
      columns: ['', 'ready after ms', 'MB at rest', '% of a core at rest', 'with an open page'],
      rows: processes.map(({ name, readyMs, memoryMb, cpuShare, openPageShare }) => [
        name,
        number(readyMs ?? Number.NaN),
        number(memoryMb ?? Number.NaN),
        number(cpuShare * 100),
        number(openPageShare * 100),
      ]),
    })),
    targets: found.flatMap(({ backend, processes }) => [
      atMost(`A stack at rest, ${nameOf[backend]}`, total(processes, 'cpuShare'), [0.5, '% of a core']),
      atMost(`The same with an open page of the console, ${nameOf[backend]}`, total(processes, 'openPageShare'), [
        1,
        '% of a core',
      ]),
    ]),
    constants: {},
  };
}

export const start: Part = {
  title: 'Start and rest',
  about:
    'How soon each process is ready, one after the other on a migrated database, and what a whole stack uses while there is nothing to do: five processes of ours, Postgres and Redis; then with the console’s overview open in one browser, whose stream of changes stays open.',
  run,
};
