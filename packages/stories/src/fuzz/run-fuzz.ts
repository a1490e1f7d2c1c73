import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc, { type Arbitrary } from 'fast-check';

import { rawInput } from './hostile-connections.ts';
import { boardInput, consoleInput } from './hostile-console.ts';
import { apiInput, csvInput, hookInput, jsonBatchInput } from './hostile-requests.ts';
import { scimInput } from './hostile-scim.ts';
import { apps, kinds, type App, type FuzzInput, type Kind } from './input.ts';
import { send, type Outcome } from './send.ts';
import type { Memory, Targets } from './targets.ts';

export interface FuzzOptions {
  /** Input number n of a seed is always the same. */
  seed: number;
  inputs: number;
  /** Inputs under way at once. */
  connections: number;
  /** Where inputs are saved that an app failed at. */
  failuresDir: string;
  /** No answer may take longer, but a sign-in: its password hash is slow on purpose. Two seconds by default. */
  maxWaitMs?: number | undefined;
  /** Of all kinds by default. */
  kinds?: readonly Kind[];
  onProgress?: (done: number) => void;
}

export interface Failure {
  number: number;
  kind: Kind;
  reason: string;
}

export interface KindFigures {
  inputs: number;
  answers: Record<string, number>;
  longestMs: number;
}

export interface FuzzReport {
  seed: number;
  inputs: number;
  seconds: number;
  kinds: Readonly<Record<Kind, KindFigures>>;
  /** After the first tenth, and at the end. */
  memory: Readonly<Record<App, { warm: Memory; end: Memory }>>;
  /** Inputs whose answer was late once. */
  lateUnderLoad: number;
  failures: readonly Failure[];
}

const standardMaxWaitMs = 2_000;

/** Sends every input to the running apps, each on a connection of its own, and judges the answers. */
export async function runFuzz(targets: Targets, options: FuzzOptions): Promise<FuzzReport> {
  const { maxWaitMs = standardMaxWaitMs } = options;
  const startedAtMs = performance.now();
  const warmUp = Math.floor(options.inputs / 10);
  const state: { next: number; failures: Failure[]; suspects: number[] } = { next: 0, failures: [], suspects: [] };
  const figures = createFigures();
  const inputOf = createInputs(targets, options.kinds);
  const one = async (number: number): Promise<void> => {
    const input = inputOf(options.seed, number);
    const outcome = await send(targets.apps[input.app].url, input);
    note(figures[input.kind], outcome);
    const reason = judge({ ...targets, maxWaitMs }, input, outcome);
    if (reason === null) return;
    if (outcome.statuses.length === 0 || (outcome.waitMs ?? 0) > maxWaitMs) {
      state.suspects.push(number);
      return;
    }
    state.failures.push({ number, kind: input.kind, reason });
    await save(options, number, input);
  };
  const runTo = async (end: number): Promise<void> => {
    const connection = async (): Promise<void> => {
      while (state.next < end && state.failures.length < 100) {
        const number = state.next;
        state.next += 1;
        await one(number);
        if (number % 1_000 === 999) options.onProgress?.(number + 1);
      }
    };
    await Promise.all(Array.from({ length: options.connections }, connection));
  };
  await runTo(warmUp);
  const warm = await memoryOf(targets);
  await runTo(options.inputs);
  state.failures.push(...(await judgeAgain(targets, options, state.suspects)));
  const end = await memoryOf(targets);
  return {
    seed: options.seed,
    inputs: state.next,
    seconds: (performance.now() - startedAtMs) / 1_000,
    kinds: figures,
    memory: memoryFigures(warm, end),
    lateUnderLoad: state.suspects.length,
    failures: state.failures,
  };
}

/** Two of eight inputs are a document in an upload, one a connection that breaks the rules of HTTP. */
export function createInputs(
  { credentials, apps: { console } }: Pick<Targets, 'credentials' | 'apps'>,
  chosen: readonly Kind[] = kinds,
): (seed: number, number: number) => FuzzInput {
  const arbitraries: Readonly<Record<Kind, Arbitrary<FuzzInput>>> = {
    hook: hookInput(credentials),
    api: apiInput(credentials),
    csv: csvInput(credentials),
    'json-batch': jsonBatchInput(credentials),
    console: consoleInput(credentials),
    board: boardInput(credentials, console.url.origin),
    scim: scimInput(credentials),
    raw: rawInput,
  };
  return (seed, number) => {
    const kind = chosen[number % chosen.length] ?? 'raw';
    const [input] = fc.sample(arbitraries[kind], { seed: seed * 1_000_003 + number, numRuns: 1 });
    return input ?? { kind, app: 'api', pieces: [], pauseMs: 0, isWhole: false };
  };
}

/**
 * Inputs that were answered late, or not at all, get another chance when nothing else is sent: many connections at once, and
 * other programs of the machine, take their time. The best of three tries counts.
 */
async function judgeAgain(targets: Targets, options: FuzzOptions, suspects: readonly number[]): Promise<Failure[]> {
  const { maxWaitMs } = options;
  const failures: Failure[] = [];
  const inputOf = createInputs(targets, options.kinds);
  for (const number of suspects) {
    const input = inputOf(options.seed, number);
    const reason = await bestOf(3, async () =>
      judge({ ...targets, maxWaitMs }, input, await send(targets.apps[input.app].url, input)),
    );
    if (reason === null) continue;
    failures.push({ number, kind: input.kind, reason });
    await save(options, number, input);
  }
  return failures;
}

async function bestOf(tries: number, run: () => Promise<string | null>): Promise<string | null> {
  let reason: string | null = null;
  for (let count = 0; count < tries; count += 1) {
    reason = await run();
    if (reason === null) return null;
  }
  return reason;
}

/** Why an outcome is none that an app may have; null for any other. */
export function judge(
  { apps: running, maxWaitMs = standardMaxWaitMs }: Pick<Targets, 'apps'> & Pick<FuzzOptions, 'maxWaitMs'>,
  { kind, app, isWhole, pieces }: FuzzInput,
  outcome: Outcome,
): string | null {
  const exitCode = running[app].exitCode();
  if (exitCode !== null) return `${app} ended with ${exitCode}`;
  const bad = outcome.statuses.find((status) => status >= 500 && status !== 503);
  if (bad !== undefined) return `answered ${bad}`;
  if (!outcome.isHonest) return 'answered 503 without Retry-After';
  if (kind === 'scim' && !outcome.isScim) return 'answered an error that is no SCIM error';
  if (!isWhole) return null;
  if (outcome.waitMs === null) return 'no answer';
  const isSignIn =
    kind === 'console' &&
    Buffer.from(pieces[0] ?? [])
      .toString('latin1')
      .startsWith('POST /sign-in');
  return outcome.waitMs > maxWaitMs && !isSignIn ? `answered after ${outcome.waitMs.toFixed(0)} ms` : null;
}

const createFigures = (): Record<Kind, KindFigures> => ({
  hook: noFigures(),
  api: noFigures(),
  csv: noFigures(),
  'json-batch': noFigures(),
  console: noFigures(),
  board: noFigures(),
  scim: noFigures(),
  raw: noFigures(),
});

const noFigures = (): KindFigures => ({ inputs: 0, answers: {}, longestMs: 0 });

function note(figures: KindFigures, { statuses, waitMs }: Outcome): void {
  figures.inputs += 1;
  figures.longestMs = Math.max(figures.longestMs, waitMs ?? 0);
  for (const answer of statuses.length === 0 ? ['none'] : statuses.map(String))
    figures.answers[answer] = (figures.answers[answer] ?? 0) + 1;
}

async function memoryOf(targets: Targets): Promise<Record<App, Memory>> {
  const [receiver, api, console, scim] = await Promise.all(apps.map((app) => targets.apps[app].memory()));
  const none = { rss: 0, heapUsed: 0 };
  return { receiver: receiver ?? none, api: api ?? none, console: console ?? none, scim: scim ?? none };
}

const memoryFigures = (warm: Record<App, Memory>, end: Record<App, Memory>): FuzzReport['memory'] => ({
  receiver: { warm: warm.receiver, end: end.receiver },
  api: { warm: warm.api, end: end.api },
  console: { warm: warm.console, end: end.console },
  scim: { warm: warm.scim, end: end.scim },
});

async function save({ failuresDir, seed }: FuzzOptions, number: number, input: FuzzInput): Promise<void> {
  await mkdir(failuresDir, { recursive: true, mode: 0o700 });
  await writeFile(join(failuresDir, `${seed}-${number}-${input.kind}.bin`), Buffer.concat(input.pieces), {
    mode: 0o600,
  });
}
