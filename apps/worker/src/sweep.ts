import { findStep, type QueueName } from '@keycourier/journey/steps/steps';
import { analyzeGrown } from '@keycourier/ledger/analyze-grown';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { mergeSizes } from '@keycourier/ledger/directory/merge-sizes';
import { sweepMirrors } from '@keycourier/ledger/hub/mirrors';
import { sweepComparisons } from '@keycourier/ledger/hub/require-comparisons';
import { sweepGroups } from '@keycourier/ledger/hub/require-groups';
import { sweepImports } from '@keycourier/ledger/hub/run-imports';
import { priorities } from '@keycourier/ledger/outbox/add-messages';
import { countUnknownSteps, type OutboxMessage } from '@keycourier/ledger/outbox/publish-due';
import { repairFromStart, repairOutbox } from '@keycourier/ledger/outbox/repair-outbox';
import { sweepOverdue } from '@keycourier/ledger/outbox/sweep-overdue';
import { countDays } from '@keycourier/ledger/overview/count-days';
import { sweepRegistrations } from '@keycourier/ledger/registrations/sweep-registrations';
import { backfillNames, dropNames } from '@keycourier/ledger/search/name-prefixes';
import type { JobQueue } from '@keycourier/queues/backend';
import { jobIdOf } from '@keycourier/queues/job';

export interface SweepFindings {
  /** Jobs that were missing from their queue, and are published again. */
  republished: number;
  /** Shipments and events whose outbox messages were not those of the plan. */
  repaired: readonly string[];
  /** Messages that only a newer version can publish. */
  unknown: readonly { step: string; messages: number }[];
}

/** After so many sweeps that found the ledger at rest, which also end what takes several, only each fourth one goes on. */
const restingAfter = 4;

/** States in which BullMQ will still run a job, or is running it. */
const alive: readonly string[] = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'];

interface SweepOptions {
  ledger: Ledger;
  queues: ReadonlyMap<QueueName, JobQueue>;
  knownSteps: readonly string[];
  /** The tenants that write registrations, with their targets' fingerprints. */
  registrationTargets: ReadonlyMap<string, string>;
  /** The tenants, and whether their names can be searched for. */
  searchableNames: ReadonlyMap<string, boolean>;
  isAtRest: () => Promise<boolean>;
  everyMs: number;
  graceMs: number;
  onSwept: (findings: SweepFindings) => void;
  onError: (error: unknown) => void;
}

/**
 * Compares the ledger with the queues every `everyMs`, at rest every four times as long: publishes jobs again that the queue no longer has, repairs the outbox
 * where it is not what the plan asks for, and grants slots that are free. In normal operation it changes nothing. It also
 * makes the messages of registrations that are to be verified, and of people of hubs who lost theirs, merges what writes of the directory have counted, counts what
 * happened by day, analyzes tables that have grown before Postgres does, and makes names searchable that were stored before they were.
 */
export function startSweep(options: SweepOptions): { close: () => Promise<void> } {
  const { ledger, queues, knownSteps, registrationTargets, graceMs } = options;
  let running: Promise<void> | null = null;
  const isSkipped = createSkip(options.isAtRest);
  const position = repairFromStart();
  const isAlive = (message: OutboxMessage): Promise<boolean> => isJobAlive(queues, message);
  const sweep = async (): Promise<void> => {
    if (await isSkipped()) return;
    const unknown = await countUnknownSteps(ledger, knownSteps);
    const republished = await sweepOverdue(ledger, { knownSteps, graceMs, limit: 1_000, isAlive });
    options.onSwept({ republished, repaired: await repairOutbox(ledger, 1_000, position), unknown });
    await sweepSubjects(ledger, registrationTargets);
    await mergeAndCount(ledger);
    await updateNames(options);
    await analyzeGrown(ledger);
  };
  const timer = setInterval(() => {
    running ??= sweep()
      .catch(options.onError)
      .finally(() => {
        running = null;
      });
  }, options.everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** @returns whether a sweep is left out */
function createSkip(isAtRest: () => Promise<boolean>): () => Promise<boolean> {
  let sweepsAtRest = 0;
  return async () => {
    sweepsAtRest = (await isAtRest()) ? sweepsAtRest + 1 : 0;
    return sweepsAtRest > restingAfter && sweepsAtRest % restingAfter !== 0;
  };
}

/** What is due by itself, of people and groups. */
async function sweepSubjects(ledger: Ledger, registrationTargets: ReadonlyMap<string, string>): Promise<void> {
  await sweepRegistrations(ledger, registrationTargets);
  await sweepMirrors(ledger, { priority: priorities.batch });
  await sweepGroups(ledger);
  await sweepComparisons(ledger);
  await sweepImports(ledger);
}

async function isJobAlive(queues: ReadonlyMap<QueueName, JobQueue>, message: OutboxMessage): Promise<boolean> {
  const step = findStep(message.step);
  const state = step === null ? undefined : await queues.get(step.queue)?.stateOf(jobIdOf(message));
  return state !== undefined && alive.includes(state);
}

/** Rows that one statement merges. */
const mergedAtOnce = 5_000;

/** Bounded: what a large import adds meanwhile is left to the next sweep. */
const maxMerges = 20;

async function mergeAll(ledger: Ledger): Promise<void> {
  for (let merges = 0; merges < maxMerges; merges += 1) if ((await mergeSizes(ledger, mergedAtOnce)) === 0) return;
}

/** Entries of the history that one transaction counts. */
const countedAtOnce = 20_000;

/** Bounded: a history of years is counted in the course of some minutes. */
const maxCounts = 10;

async function mergeAndCount(ledger: Ledger): Promise<void> {
  await mergeAll(ledger);
  await countAll(ledger);
}

async function countAll(ledger: Ledger): Promise<void> {
  for (let counts = 0; counts < maxCounts; counts += 1) if (!(await countDays(ledger, countedAtOnce))) return;
}

/** Shipments whose names one transaction unseals, and tokens that one deletes. */
const namesAtOnce = 200;
const tokensAtOnce = 5_000;

const maxNameParts = 5;

/** What is to be deleted first; what fails for one tenant is done for the others. */
export async function updateNames({
  ledger,
  searchableNames,
  onError,
}: Pick<SweepOptions, 'ledger' | 'searchableNames' | 'onError'>): Promise<void> {
  const tenantsWhose = (areSearchable: boolean): string[] =>
    [...searchableNames].flatMap(([tenant, are]) => (are === areSearchable ? [tenant] : []));
  for (const tenant of tenantsWhose(false)) await dropNames(ledger, tenant, tokensAtOnce).catch(onError);
  for (const tenant of tenantsWhose(true)) await backfillSome(ledger, tenant).catch(onError);
}

async function backfillSome(ledger: Ledger, tenant: string): Promise<void> {
  for (let parts = 0; parts < maxNameParts; parts += 1) if (!(await backfillNames(ledger, tenant, namesAtOnce))) return;
}
