import { expect, test } from '@jest/globals';

import { deploymentFor, ofOneTenant, onOneMachine, onPostgres, type Constants } from './model.ts';

const cost = { workerMs: 10, postgresMs: 6, redisMs: 1, receiverMs: 1, otherMs: 2 };
const constants: Constants = { cost, commits: 12, rowsWritten: 80, oktaCalls: 6, diskKb: 16, growth: 1.5 };

test('one worker is bound by its thread, several by the cores of the machine', () => {
  expect(onOneMachine(cost, { cores: 8, workers: 1 })).toBe(100);
  expect(onOneMachine(cost, { cores: 8, workers: 2 })).toBe(200);
  expect(onOneMachine(cost, { cores: 2, workers: 4 })).toBe(100);
});

test('Redis has one thread, however many workers there are', () => {
  expect(onOneMachine(cost, { cores: 1_000, workers: 1_000 })).toBe(1_000);
  expect(onOneMachine({ ...cost, redisMs: 0 }, { cores: 1_000, workers: 1_000 })).toBeGreaterThan(10_000);
});

test('Postgres carries less with a million shipments behind', () => {
  const [young, old] = [1, 1.5].map((growth) => onPostgres({ ...constants, growth }, 4));
  expect(young).toBeCloseTo(400);
  expect(old).toBeCloseTo(400 / 1.5);
});

test('a deployment follows the busiest minutes of the day', () => {
  const small = deploymentFor(constants, 1_000);
  const large = deploymentFor(constants, 1_000_000);
  expect(small.workers).toBe(2);
  expect(large.perSecond).toBeCloseTo(55.6, 1);
  expect(large.postgresCores).toBeCloseTo((55.56 * 9) / 1_000 / 0.6, 2);
  expect(large.workers).toBe(2);
  expect(large.commitsPerSecond).toBeCloseTo(666.7, 0);
  expect(large.diskGbPerYear).toBeCloseTo((1e6 * 365 * 16) / 1_048_576, 5);
  expect(deploymentFor(constants, 10_000_000).workers).toBe(10);
});

test('a tenant is bound by the limit of its org', () => {
  expect(ofOneTenant(constants, { limitPerMinute: 600, share: 0.5 })).toBe(3_000);
});
