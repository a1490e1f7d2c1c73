import { EventEmitter, once } from 'node:events';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { ProcessError } from './errors.ts';
import { runProcess, type Running } from './run-process.ts';

/** Node's process as a test plays it: signals are emitted, and the exit code is an event. */
class FakeHost extends EventEmitter {
  readonly env = { LOG_LEVEL: 'silent' };
  readonly exited = once(this, 'exited').then(([code]: unknown[]) => code);
  readonly told: unknown[] = [];
  connected: boolean | undefined = undefined;
  exit = (code: number): void => void this.emit('exited', code);
  send = (message: unknown): void => {
    this.told.push(message);
    this.emit('told');
  };
}

const environment = z.object({ LOG_LEVEL: z.string() });
const run = (host: FakeHost, start: (stopping: AbortSignal) => Promise<Running>): Promise<void> =>
  runProcess({ name: 'test', environment }, (_environment, _logger, stopping) => start(stopping), host);

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT', 'disconnect'])('that is ready says so, and drains at %s', async (request) => {
    const host = new FakeHost();
    const closed: string[] = [];
    void run(host, async () => ({ url: 'http://here', close: async () => void closed.push('closed') }));
    await once(host, 'told');
    expect(host.told).toEqual([{ ready: true, url: 'http://here' }]);
    expect(closed).toEqual([]);
    host.emit(request);
    expect(await host.exited).toBe(0);
    expect(closed).toEqual(['closed']);
  });

  test('whose parent died while it was loading ends by itself', async () => {
    const host = new FakeHost();
    host.connected = false;
    const closed: string[] = [];
    void run(host, async () => ({ close: async () => void closed.push('closed') }));
    expect(await host.exited).toBe(0);
    expect([closed, host.told]).toEqual([['closed'], []]);
  });

  test('that cannot start exits 1', async () => {
    const host = new FakeHost();
    void run(host, () => Promise.reject(new ProcessError('bad_config', 'nothing is right')));
    expect(await host.exited).toBe(1);
    expect(host.told).toEqual([]);
  });

  test('that cannot drain exits 1', async () => {
    const host = new FakeHost();
    void run(host, async () => ({ close: () => Promise.reject(new ProcessError('drain_timed_out', 'stuck')) }));
    await once(host, 'told');
    host.emit('SIGTERM');
    expect(await host.exited).toBe(1);
  });
});

describe('a process that is asked to stop while it starts', () => {
  test('gives up what it waits for and exits 0, never having said that it is ready', async () => {
    const host = new FakeHost();
    void run(host, async (stopping) => {
      setImmediate(() => host.emit('SIGTERM'));
      await once(stopping, 'abort');
      stopping.throwIfAborted();
      return { close: async () => undefined };
    });
    expect(await host.exited).toBe(0);
    expect(host.told).toEqual([]);
  });

  test('is closed at once where it starts nevertheless', async () => {
    const host = new FakeHost();
    const closed: string[] = [];
    void run(host, async () => {
      host.emit('SIGTERM');
      return { close: async () => void closed.push('closed') };
    });
    expect(await host.exited).toBe(0);
    expect(closed).toEqual(['closed']);
    expect(host.told).toEqual([]);
  });
});
