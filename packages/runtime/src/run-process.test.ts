import { EventEmitter, once } from 'node:events';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { ProcessError } from './errors.ts';
import { runProcess, type Running } from './run-process.ts';

/** Stands in for Node's process: a test emits its signals, and its exit code is an event. */
class FakeHost extends EventEmitter {
  readonly env = { LOG_LEVEL: 'silent' };
  readonly exited = once(this, 'exited').then(([code]: unknown[]) => code);
  readonly sent: unknown[] = [];
  connected: boolean | undefined = undefined;
  exit = (code: number): void => void this.emit('exited', code);
  send = (message: unknown): void => {
    this.sent.push(message);
    this.emit('sent');
  };
}

const environment = z.object({ LOG_LEVEL: z.string() });
const run = (host: FakeHost, start: (stopping: AbortSignal) => Promise<Running>): Promise<void> =>
  runProcess({ name: 'test', environment }, (_environment, _logger, stopping) => start(stopping), host);

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT', 'disconnect'])('reports that it is ready, and drains at %s', async (request) => {
    const host = new FakeHost();
    const closed: string[] = [];
    void run(host, async () => ({ url: 'http://here', close: async () => void closed.push('closed') }));
    await once(host, 'sent');
    expect(host.sent).toEqual([{ ready: true, url: 'http://here' }]);
    expect(closed).toEqual([]);
    host.emit(request);
    expect(await host.exited).toBe(0);
    expect(closed).toEqual(['closed']);
  });

  test('whose parent exited while it was loading exits too', async () => {
    const host = new FakeHost();
    host.connected = false;
    const closed: string[] = [];
    void run(host, async () => ({ close: async () => void closed.push('closed') }));
    expect(await host.exited).toBe(0);
    expect([closed, host.sent]).toEqual([['closed'], []]);
  });

  test('that cannot start exits 1', async () => {
    const host = new FakeHost();
    void run(host, () => Promise.reject(new ProcessError('bad_config', 'wrong config')));
    expect(await host.exited).toBe(1);
    expect(host.sent).toEqual([]);
  });

  test('that cannot drain exits 1', async () => {
    const host = new FakeHost();
    void run(host, async () => ({ close: () => Promise.reject(new ProcessError('drain_timed_out', 'stuck')) }));
    await once(host, 'sent');
    host.emit('SIGTERM');
    expect(await host.exited).toBe(1);
  });
});

describe('a process that gets SIGTERM while it starts', () => {
  test('aborts its start and exits 0, without reporting that it is ready', async () => {
    const host = new FakeHost();
    void run(host, async (stopping) => {
      setImmediate(() => host.emit('SIGTERM'));
      await once(stopping, 'abort');
      stopping.throwIfAborted();
      return { close: async () => undefined };
    });
    expect(await host.exited).toBe(0);
    expect(host.sent).toEqual([]);
  });

  test('is closed at once if it starts nevertheless', async () => {
    const host = new FakeHost();
    const closed: string[] = [];
    void run(host, async () => {
      host.emit('SIGTERM');
      return { close: async () => void closed.push('closed') };
    });
    expect(await host.exited).toBe(0);
    expect(closed).toEqual(['closed']);
    expect(host.sent).toEqual([]);
  });
});
