import { expect, test } from '@jest/globals';

import { reasonIn } from './child-log.ts';

test('the reason why a process ended is the message of its last fatal entry', () => {
  const entry = (level: number, message: string): string => JSON.stringify({ level, err: { message }, msg: 'ended' });
  const log = ['cut off"}', entry(60, 'first'), entry(50, 'an error'), entry(60, 'Port 8081 is taken'), ''].join('\n');
  expect(reasonIn(log)).toBe('Port 8081 is taken');
});

test('without such an entry it is the end of the log as it is', () => {
  expect(reasonIn('Error: out of memory\n')).toBe('Error: out of memory\n');
});
