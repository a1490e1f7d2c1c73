import { join } from 'node:path';

import { expect, test } from '@jest/globals';
import { parseEnvironment } from '@keycourier/runtime/environment';

import { localEnvironment } from '../environment.ts';
import { demoEnvironment } from './environment.ts';

const parse = (environment: Readonly<Record<string, string>>) =>
  parseEnvironment(localEnvironment, demoEnvironment(environment));

test('the demo shares neither its data dir nor a port with npm start', () => {
  const [start, demo] = [parseEnvironment(localEnvironment, {}), parse({ API_PORT: '' })];
  expect(demo.KEYCOURIER_DATA_DIR).toBe(join('.keycourier', 'demo'));
  const portsOf = (settings: object) => Object.entries(settings).filter(([name]) => name.endsWith('_PORT'));
  expect(portsOf(start)).toHaveLength(8);
  expect(portsOf(demo)).toEqual(portsOf(start).map(([name]) => [name, 0]));
});

test('the demo keeps its jobs off a Redis that another stack may use', () => {
  expect(parse({ REDIS_URL: 'redis://127.0.0.1:6379' }).REDIS_URL).toBeUndefined();
});

test('a variable that is set wins', () => {
  expect(parse({ API_PORT: '9081', KEYCOURIER_DATA_DIR: 'elsewhere' })).toMatchObject({
    API_PORT: 9081,
    KEYCOURIER_DATA_DIR: 'elsewhere',
    CONSOLE_PORT: 0,
  });
});
