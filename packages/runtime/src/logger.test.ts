import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { createLogger, linesTo } from './logger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keycourier-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a line is written when the call returns', () => {
  const path = join(folder, 'log');
  const file = openSync(path, 'w');
  const logger = createLogger({ name: 'test', level: 'info', destination: linesTo(file) });
  logger.info({ shipment: 'shp_1', pin: '123456' }, 'sent');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ shipment: 'shp_1', pin: '[redacted]', msg: 'sent' });
  logger.fatal('last line');
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  closeSync(file);
});

test('a log line to a closed pipe does not block the process', () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, 'w');
  closeSync(reader);
  const destination = linesTo(writer);
  // With flushSync, the next calls would never return.
  expect(destination).not.toHaveProperty('flushSync');
  const logger = createLogger({ name: 'test', level: 'info', destination });
  logger.fatal('the parent process is gone');
  logger.fatal('exiting');
  closeSync(writer);
});
