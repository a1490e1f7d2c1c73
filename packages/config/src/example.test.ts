import { readFileSync } from 'node:fs';

import { expect, test } from '@jest/globals';

import { parseConfig } from './config-file.ts';
import { allKeys, consoleShape } from './problems/known-keys.ts';

const example = readFileSync(new URL('../../../infra/keycourier.example.yaml', import.meta.url), 'utf8');
const simulated = readFileSync(new URL('../../../infra/keycourier.simulators.yaml', import.meta.url), 'utf8');

test('the example file is accepted as it is', () => {
  expect(Object.keys(parseConfig(example).tenants)).toEqual(['acme']);
});

/** Names of attributes stand in a list, with commas between them. */
test('the example file shows every key that the config file may have', () => {
  const keys = [...allKeys(), ...allKeys(consoleShape())];
  expect(keys.length).toBeGreaterThan(45);
  expect(keys.filter((key) => !new RegExp(`(^|[\\s{#])${key}[:,]`, 'm').test(example))).toEqual([]);
});

test('the file for the simulated world is accepted for simulators, and refused in production', () => {
  expect(Object.keys(parseConfig(simulated, 'simulators').tenants)).toEqual(['acme']);
  expect(() => parseConfig(simulated, 'production')).toThrow('use https');
});
