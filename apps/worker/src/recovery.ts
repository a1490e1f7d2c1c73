import type { ResilienceOptions } from '@keycourier/connectors/resilience';
import type { Service } from '@keycourier/journey/ports/errors';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordAnswers } from '@keycourier/ledger/outages/record-answers';
import { endOutage, probeOutages, type Outage } from '@keycourier/ledger/outages/recover';
import { readPauses } from '@keycourier/ledger/tenants';
import type { Logger } from '@keycourier/runtime/logger';

import type { CredentialOf } from './ledger-port.ts';

/** How this process takes part in noticing that a service is back, by whichever worker. */
export interface Recovery {
  /** The options of a connector that report its answers. */
  resilienceOf: (service: Service) => Pick<ResilienceOptions, 'onAnswered' | 'onGuard'>;
  /** Ends the pauses whose credentials are not those that were refused. */
  endObsoletePauses: (credentialOf: CredentialOf) => Promise<void>;
  /** A job has ended, and may have found a service away. */
  onJobEnded: () => void;
  /** Looks once: makes waiting steps due that try, and closes the circuit breakers of services that are back. */
  look: () => Promise<void>;
  /** Ends the pauses that were made obsolete while no worker ran, and later where there is an outage, which each of them is for; then looks every `everyMs`, and where no service is known to be away and no job has ended for a minute, each fifth time. */
  start: (everyMs: number, credentialOf: CredentialOf) => Promise<{ close: () => Promise<void> }>;
}

/** A worker that has nothing to do looks each fifth time. */
const quietAfterMs = 60_000;
const quietLooks = 5;

interface Options {
  ledger: Ledger;
  logger: Pick<Logger, 'info'>;
  onError: (error: unknown) => void;
}

export function createRecovery({ ledger, logger, onError }: Options): Recovery {
  const onEnded = reportTo(logger);
  let known = new Map<string, Outage>();
  const quiet = createQuiet();
  const guards = new Map<string, { close: (tenant: string) => void }>();
  const pendingEnds = createPending(onError);
  const answers = createAnswers(ledger);
  const end = async (outage: Outage): Promise<void> => {
    if (!known.delete(keyOf(outage))) return;
    onEnded({ ...outage, waiting: await endOutage(ledger, outage) });
  };
  const look = async (): Promise<void> => {
    const current = new Map((await probeOutages(ledger)).map((outage) => [keyOf(outage), outage]));
    for (const [key, { tenant, service }] of known) if (!current.has(key)) guards.get(service)?.close(tenant);
    known = current;
    await answers.record();
  };
  const endObsolete = (credentialOf: CredentialOf): Promise<void> => endObsoletePauses(ledger, credentialOf, onEnded);
  return {
    resilienceOf: (service) => ({
      onAnswered: (tenant) => {
        answers.note({ tenant, service });
        if (known.has(keyOf({ tenant, service }))) pendingEnds.add(end({ tenant, service }));
      },
      onGuard: (guard) => void guards.set(service, guard),
    }),
    endObsoletePauses: endObsolete,
    onJobEnded: quiet.onJobEnded,
    look,
    start: async (everyMs, credentialOf) => {
      await endObsolete(credentialOf).catch(onError);
      const run = async (): Promise<void> => {
        if (quiet.isSkipped(known.size > 0)) return;
        await look();
        if (known.size > 0) await endObsolete(credentialOf);
      };
      return startLoop(everyMs, { run, onError, atEnd: () => Promise.all([pendingEnds.all(), answers.record()]) });
    },
  };
}

const reportTo =
  (logger: Options['logger']) =>
  (outage: Outage & { waiting: number }): void =>
    logger.info(outage, 'a service answers again: what waits for it is tried, in turn');

/** Says which looks are left out. */
function createQuiet(): { onJobEnded: () => void; isSkipped: (knowsOutage: boolean) => boolean } {
  let jobEndedAtMs = performance.now();
  let skipped = 0;
  return {
    onJobEnded: () => {
      jobEndedAtMs = performance.now();
    },
    isSkipped: (knowsOutage) => {
      const isQuiet = !knowsOutage && performance.now() - jobEndedAtMs > quietAfterMs;
      skipped = isQuiet ? (skipped + 1) % quietLooks : 0;
      return skipped > 0;
    },
  };
}

/** Work that goes on when its caller has returned. */
function createPending(onError: (error: unknown) => void) {
  const pending = new Set<Promise<void>>();
  return {
    add: (work: Promise<void>): void => {
      const ended = work.catch(onError).finally(() => pending.delete(ended));
      pending.add(ended);
    },
    all: async (): Promise<void> => void (await Promise.all(pending)),
  };
}

const answerEveryMs = 60_000;

/** Answers of services: noted in memory at each call, and recorded once a minute. */
function createAnswers(ledger: Ledger): { note: (answer: Outage) => void; record: () => Promise<void> } {
  const noted = new Map<string, Outage>();
  const recordedMs = new Map<string, number>();
  return {
    note: (answer) => void noted.set(keyOf(answer), answer),
    record: async () => {
      const nowMs = Date.now();
      const due = [...noted.entries()].filter(([key]) => nowMs - (recordedMs.get(key) ?? 0) >= answerEveryMs);
      await recordAnswers(
        ledger,
        due.map(([, answer]) => answer),
      );
      for (const [key] of due) {
        noted.delete(key);
        recordedMs.set(key, nowMs);
      }
    },
  };
}

async function endObsoletePauses(
  ledger: Ledger,
  credentialOf: CredentialOf,
  onEnded: (outage: Outage & { waiting: number }) => void,
): Promise<void> {
  for (const { tenant, service, credential } of await readPauses(ledger))
    if (credential !== null && (await currentCredential(credentialOf, tenant, service)) !== credential)
      onEnded({ tenant, service, waiting: await endOutage(ledger, { tenant, service }) });
}

const keyOf = ({ tenant, service }: Outage): string => `${tenant} ${service}`;

const services: readonly Service[] = ['okta', 'hub', 'fulfillment', 'mail', 'hris'];

/** Null for what the config no longer has, which is a change of credentials too. */
async function currentCredential(credentialOf: CredentialOf, tenant: string, name: string): Promise<string | null> {
  const service = services.find((one) => one === name);
  return service === undefined ? null : credentialOf(tenant, service).catch(() => null);
}

function startLoop(
  everyMs: number,
  {
    run,
    onError,
    atEnd,
  }: { run: () => Promise<void>; onError: (error: unknown) => void; atEnd: () => Promise<unknown> },
): { close: () => Promise<void> } {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= run()
      .catch(onError)
      .finally(() => {
        running = null;
      });
  }, everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
      await atEnd();
    },
  };
}
