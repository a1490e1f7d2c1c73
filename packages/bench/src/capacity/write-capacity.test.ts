import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { nothingFound, type PartResult } from '../report/result.ts';
import { isComplete, writeCapacity } from './write-capacity.ts';

const ofBackend = (backend: string): [string, number][] =>
  Object.entries({
    workerCpuMs: 10,
    postgresCpuMs: 6,
    redisCpuMs: 1,
    receiverCpuMs: 1,
    standInCpuMs: 2,
    commits: 12,
    rows: 80,
    oktaCalls: 6,
  }).map(([name, value]) => [`${backend}.${name}`, value]);

const ofWorkers = (count: number): [string, number][] =>
  Object.entries({ shipmentsPerSecond: 80, workerCpuMs: 10, postgresCpuMs: 6, redisCpuMs: 1, otherCpuMs: 3 }).map(
    ([name, value]) => [`workers${count}.${name}`, value],
  );

const constants = Object.fromEntries([
  ...ofBackend('redis'),
  ...ofBackend('postgres'),
  ...[1, 2, 4].flatMap(ofWorkers),
  ['diskKbPerShipment', 16],
  ['costGrowth', 1.2],
  ['receiverCpuMsPerDelivery', 0.18],
  ['postgresCpuMsPerDelivery', 0.12],
]);

const result = (measured: Readonly<Record<string, number>>): PartResult => ({
  ...nothingFound,
  part: 'all',
  title: 'All',
  about: '',
  ranAt: '2026-01-01T00:00',
  seconds: 1,
  failure: null,
  constants: measured,
});

const docs = new URL('../../../../docs/capacity.md', import.meta.url);

test('the tables of the model are between the marks of docs/capacity.md, and the text around them stays', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'keycourier-capacity-'));
  const path = join(dir, 'capacity.md');
  const text = await readFile(docs, 'utf8');
  await writeFile(path, text);
  await writeCapacity(path, [result(constants)], 2);
  await writeCapacity(path, [result(constants)], 2);
  const written = await readFile(path, 'utf8');
  await rm(dir, { recursive: true });
  expect(written).toContain('| 1 | 100 | 80 | 0.80 |');
  expect(written).toContain('| 600 | 3,000 | 6,000 |');
  expect(written).toContain('| 10,000 | 3 | 2 |');
  expect(written).toContain('| 100 | 2 | 0.02 |');
  expect(written.match(/The model and the bench/g)).toHaveLength(1);
  for (const heading of text.match(/^## .*/gm) ?? []) expect(written).toContain(heading);
});

test('a run that did not measure a constant changes nothing', async () => {
  const { costGrowth: _, ...others } = constants;
  await expect(writeCapacity(docs.pathname, [result(others)], 2)).rejects.toThrow('costGrowth');
  expect(isComplete([result(others)])).toBe(false);
  expect(isComplete([result(constants)])).toBe(true);
});
