import { setImmediate } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';

import { createContention } from './contention.ts';
import { unknownCallers } from './tenant-lanes.ts';
import { createTenantShares, ShareError } from './tenant-shares.ts';

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a share', () => {
  const settings = { maxConcurrent: 2, maxWaiting: 3, maxWaitMs: 60_000 };

  test('lets so much of a tenant run, so much wait, and refuses the rest at once', async () => {
    const { run } = createTenantShares(settings);
    const { opened, open } = gate();
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      await opened;
    };
    const results = Array.from({ length: 7 }, () =>
      run('acme', work).then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    await setImmediate();
    expect(running).toBe(2);
    open();
    const ended = await Promise.all(results);
    expect(ended.filter((one) => one === 'done')).toHaveLength(5);
    expect(ended.filter((one) => one instanceof ShareError)).toHaveLength(2);
    await expect(run('acme', async () => 'again')).resolves.toBe('again');
  });

  test('of one tenant that is used up leaves those of others as they are', async () => {
    const { run } = createTenantShares(settings);
    const { opened, open } = gate();
    const flood = Array.from({ length: 50 }, () => run('acme', () => opened).catch(() => undefined));
    await expect(run('globex', async () => 'answered')).resolves.toBe('answered');
    open();
    await Promise.all(flood);
  });

  test('is not waited for longer than its limit, and what waited too long is not begun', async () => {
    const { run } = createTenantShares({ ...settings, maxConcurrent: 1, maxWaitMs: 5 });
    const { opened, open } = gate();
    const first = run('acme', () => opened);
    let begun = false;
    const second = run('acme', async () => {
      begun = true;
    });
    const refused = second.catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    await first;
    expect(await refused).toBeInstanceOf(ShareError);
    expect(begun).toBe(false);
  });

  test('of a process that stops is begun while it is served; what still waits then is refused, and what runs is waited for', async () => {
    const shares = createTenantShares({ ...settings, maxConcurrent: 1 });
    const [first, third, served] = [gate(), gate(), gate()];
    const begun: string[] = [];
    const run = (name: string, until: Promise<void>) =>
      shares.run('acme', async () => {
        begun.push(name);
        await until;
      });
    const results = [run('first', first.opened), run('second', Promise.resolve()), run('third', third.opened)];
    const waiting = run('fourth', Promise.resolve()).catch((error: unknown) => error);
    let hasDrained = false;
    const drained = shares.drain([{ close: () => served.opened }]).then(() => {
      hasDrained = true;
    });
    first.open();
    await Promise.all(results.slice(0, 2));
    served.open();
    expect(await waiting).toMatchObject({ name: 'ShareError', code: 'stopping' });
    await expect(run('fifth', Promise.resolve())).rejects.toMatchObject({ code: 'stopping' });
    expect([begun, hasDrained]).toEqual([['first', 'second', 'third'], false]);
    third.open();
    await drained;
  });

  test('refuses what waited too long although what runs does not end, one by one, with the event loop in between', async () => {
    const { run } = createTenantShares({ ...settings, maxConcurrent: 1, maxWaitMs: 5 });
    const { opened, open } = gate();
    const first = run('acme', () => opened);
    const refused: string[] = [];
    const late = ['b', 'c', 'd'].map((name) => run('acme', async () => undefined).catch(() => refused.push(name)));
    const seen = new Set<number>();
    while (refused.length < 3) {
      seen.add(refused.length);
      await setImmediate();
    }
    expect([...seen]).toEqual([0, 1, 2]);
    await Promise.all(late);
    open();
    await first;
  });

  test('that is larger again is taken by what comes, though nothing has ended meanwhile', async () => {
    let nowMs = 0;
    const contention = createContention(() => nowMs);
    for (const tenant of ['acme', 'globex']) contention.note(tenant);
    const shares = {
      maxConcurrent: 8,
      maxConcurrentContended: 1,
      maxWaiting: 20,
      maxWaitMs: 60_000,
      nowMs: () => nowMs,
    };
    const { run } = createTenantShares({ ...shares, contention });
    await run('globex', async () => undefined);
    const { opened, open } = gate();
    let begun = 0;
    const work = (): Promise<void> => {
      begun += 1;
      return opened;
    };
    const results = [run('acme', work), run('acme', work), run('acme', work)];
    await setImmediate();
    // As many as the other has do not give way.
    expect(begun).toBe(2);
    nowMs = 1_000;
    results.push(run('acme', work));
    await setImmediate();
    expect(begun).toBe(4);
    open();
    await Promise.all(results);
  });

  test('has as much work at once as their weights permit, however heavy a single one is, in the order it came', async () => {
    const { run } = createTenantShares({ ...settings, maxConcurrent: 4 });
    const { opened, open } = gate();
    const begun: number[] = [];
    const results = [3, 1, 2, 9].map((weight) =>
      run(
        'acme',
        async () => {
          begun.push(weight);
          await opened;
        },
        weight,
      ),
    );
    await setImmediate();
    expect(begun).toEqual([3, 1]);
    open();
    await Promise.all(results);
    expect(begun).toEqual([3, 1, 2, 9]);
  });

  test('is free again after work that fails', async () => {
    const { run } = createTenantShares({ ...settings, maxConcurrent: 1 });
    await expect(run('acme', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    await expect(run('acme', async () => 'next')).resolves.toBe('next');
  });
});

describe('a tenant with more work than its share', () => {
  /** Runs twelve pieces of work, and returns how many of them ran at once, at each one's start. */
  async function flood(others: readonly string[]): Promise<readonly number[]> {
    const contention = createContention(() => 0);
    for (const tenant of ['acme', ...others]) contention.note(tenant);
    const settings = { maxConcurrent: 4, maxWaiting: 20, maxWaitMs: 60_000, nowMs: () => 0 };
    const { run } = createTenantShares({ ...settings, contention });
    for (const tenant of others) await run(tenant, async () => undefined);
    const counts: number[] = [];
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      counts.push(running);
      await setImmediate();
      running -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, () => run('acme', work)));
    return counts;
  }

  test('does it one at a time while others have work, after what had begun', async () => {
    const counts = await flood(['globex']);
    expect(counts.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(counts.slice(-6)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('begins less of it at once than its share while one with less has work', async () => {
    const contention = createContention(() => 0);
    for (const tenant of ['acme', 'globex']) contention.note(tenant);
    const limits = { maxConcurrent: 8, maxConcurrentContended: 3, maxWaiting: 20, maxWaitMs: 60_000 };
    const settings = { ...limits, nowMs: () => 0, contention };
    const begunBy = async (others: readonly string[]): Promise<number> => {
      const { run } = createTenantShares(settings);
      for (const tenant of others) await run(tenant, async () => undefined);
      const { opened, open } = gate();
      let begun = 0;
      const results = Array.from({ length: 8 }, () =>
        run('acme', () => {
          begun += 1;
          return opened;
        }),
      );
      await setImmediate();
      const atOnce = begun;
      open();
      await Promise.all(results);
      return atOnce;
    };
    expect(await begunBy(['globex'])).toBe(3);
    expect(await begunBy([])).toBe(8);
  });

  test('has its whole share while it is alone', async () => {
    expect((await flood([])).filter((count) => count === 4).length).toBeGreaterThanOrEqual(3);
  });

  test('gets each answer before the rest that follows', async () => {
    const contention = createContention(() => 0);
    for (const tenant of ['acme', 'globex']) contention.note(tenant);
    const resting: string[] = [];
    const { run } = createTenantShares({
      maxConcurrent: 1,
      maxWaiting: 20,
      maxWaitMs: 60_000,
      nowMs: () => 0,
      contention: { ...contention, giveWay: (tenant) => new Promise(() => resting.push(tenant)) },
    });
    await run('globex', async () => undefined);
    const [first, second] = [run('acme', async () => 'first'), run('acme', async () => 'second')];
    expect(await first).toBe('first');
    await setImmediate();
    expect(resting).toEqual(['acme']);
    expect(await Promise.race([second, setImmediate('waits')])).toBe('waits');
  });

  describe('gives way', () => {
    interface Others {
      other?: string;
      most: number;
      passedMs: number;
    }

    /** Whether acme rests, with three at once where two may run, after globex had `most` at once. */
    async function restsBeside({ other = 'globex', most, passedMs }: Others): Promise<boolean> {
      let nowMs = 0;
      let rests = 0;
      const contention = createContention(() => 0);
      for (const tenant of ['acme', 'globex']) contention.note(tenant);
      const giveWay = async (): Promise<void> => {
        rests += 1;
      };
      const shares = { maxConcurrent: 2, maxWaiting: 20, maxWaitMs: 60_000, nowMs: () => nowMs };
      const { run } = createTenantShares({ ...shares, contention: { ...contention, giveWay } });
      await Promise.all(Array.from({ length: most }, () => run(other, () => setImmediate())));
      rests = 0;
      nowMs = passedMs;
      await Promise.all(Array.from({ length: 3 }, () => run('acme', () => setImmediate())));
      return rests > 0;
    }

    test.each([
      ['to one with less', { most: 2, passedMs: 0 }, true],
      ['to none that has as much or more, such as one that floods', { most: 3, passedMs: 0 }, false],
      ['to no caller that is not known', { other: unknownCallers, most: 2, passedMs: 0 }, false],
      ['to none that had it a second ago', { most: 2, passedMs: 1_000 }, false],
    ])('%s', async (_to, others, expected) => {
      expect(await restsBeside(others)).toBe(expected);
    });
  });

  describe('is none that stood still with all others', () => {
    /** Runs requests that end one by one, and notes who rests. */
    function start() {
      let nowMs = 0;
      const rested: string[] = [];
      const contention = createContention(() => 0);
      for (const tenant of ['acme', 'globex', 'initech']) contention.note(tenant);
      const giveWay = async (tenant: string): Promise<void> => void rested.push(tenant);
      const { run } = createTenantShares({
        maxConcurrent: 4,
        maxWaiting: 64,
        maxWaitMs: 60_000,
        nowMs: () => nowMs,
        contention: { ...contention, giveWay },
      });
      const running = new Map<string, (() => void)[]>();
      const send = (tenant: string, count: number): void => {
        for (let sent = 0; sent < count; sent += 1)
          // What still waits when the test has ended is refused a minute later, in the process of other tests.
          run(tenant, () => {
            const { opened, open } = gate();
            running.set(tenant, [...(running.get(tenant) ?? []), open]);
            return opened;
          }).catch(() => undefined);
      };
      const end = async (tenant: string): Promise<void> => {
        const [open, ...others] = running.get(tenant) ?? [];
        running.set(tenant, others);
        open?.();
        await setImmediate();
      };
      const countRunning = (tenant: string): number => running.get(tenant)?.length ?? 0;
      return { send, end, rested, runningOf: countRunning, pass: (ms: number) => (nowMs += ms) };
    }

    test('when it has about as much waiting as the one that floods', async () => {
      const { send, end, rested, pass } = start();
      send('acme', 60);
      for (let sent = 0; sent < 68; sent += 1) {
        send('globex', 1);
        pass(12);
      }
      for (let ended = 0; ended < 20; ended += 1) await end('globex');
      expect(rested).toEqual([]);
    });

    test('when one that floods with fewer connections gets more done', async () => {
      const { send, end, rested, runningOf, pass } = start();
      send('initech', 1);
      send('acme', 20);
      send('globex', 68);
      pass(500);
      send('initech', 1);
      // All goes on: acme sends its next request after each answer.
      for (let ended = 0; ended < 40; ended += 1) {
        await end('acme');
        send('acme', 1);
        pass(5);
      }
      rested.length = 0;
      for (let ended = 0; ended < 20; ended += 1) await end('globex');
      expect(rested).toEqual([]);
      expect(runningOf('globex')).toBe(4);
    });
  });
});
