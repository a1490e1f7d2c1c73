import { describe, expect, test } from '@jest/globals';

import { createOutageLog } from './outage-log.ts';
import { until } from './testing/until.ts';

function logging() {
  const lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const write =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push({ level, message, fields });
  const store = { isUp: true };
  const log = createOutageLog({
    store: 'database',
    logger: { warn: write('warn'), info: write('info') },
    check: () => (store.isUp ? Promise.resolve(true) : Promise.reject(new RangeError('away'))),
    everyMs: 1,
  });
  return { lines, store, log, messages: (): string[] => lines.map(({ message }) => message) };
}

const error = new RangeError('connection lost');

describe('an outage', () => {
  test('is one line when it begins and one when it ends, however much fails in between', async () => {
    const { lines, store, log, messages } = logging();
    store.isUp = false;
    for (let failure = 0; failure < 100; failure++) log.failed(error);
    await until(
      () => lines.length,
      (length) => length === 1,
    );
    for (let failure = 0; failure < 100; failure++) log.failed(error);
    store.isUp = true;
    await until(
      () => lines.length,
      (length) => length === 2,
    );
    expect(messages()).toEqual(['a store does not answer', 'a store answers again']);
    expect(lines[0]?.fields).toEqual({ store: 'database', err: error });
    expect(lines[1]?.fields).toEqual({ store: 'database', awayMs: expect.any(Number), failures: 200 });
    log.close();
  });

  test('that comes again is logged again', async () => {
    const { lines, store, log, messages } = logging();
    for (const count of [2, 4]) {
      store.isUp = false;
      log.failed(error);
      await until(
        () => lines.length,
        (length) => length === count - 1,
      );
      store.isUp = true;
      await until(
        () => lines.length,
        (length) => length === count,
      );
    }
    expect(messages().slice(2)).toEqual(['a store does not answer', 'a store answers again']);
  });

  test('is not what a failure is while the store answers', async () => {
    const { lines, log, messages } = logging();
    log.failed(error);
    await until(
      () => lines.length,
      (length) => length === 1,
    );
    log.failed(error);
    await until(
      () => lines.length,
      (length) => length === 2,
    );
    expect(messages()).toEqual(['a statement or a connection failed', 'a statement or a connection failed']);
  });
});
