import { acceptEvent } from '@keycourier/journey/1-intake/accept-event';
import type { StepName } from '@keycourier/journey/model/plan';
import type { Context } from '@keycourier/journey/ports/context';
import { later } from '@keycourier/journey/steps/outcome';
import { isStepName, runStep, type StepResult } from '@keycourier/journey/steps/run-step';
import { jobData, type JobData } from '@keycourier/queues/job';
import { DelayedError, UnrecoverableError, type Job } from 'bullmq';

import { LeaseLostError } from './lease.ts';

export interface JobPorts {
  /** Of this one job. */
  context: Context;
  /** Tells the ledger when an event's job is due again; answers how often it was tried. */
  postponeEvent: (eventId: string, afterMs: number) => Promise<{ attempts: number }>;
  onEnded: (ended: { step: string; subjectId: string; outcome: string; why: string | null }) => void;
}

/**
 * One job, and the one place where outcomes become BullMQ's: `done` completes, `later` delays the same job, and `stop`
 * fails it for good, so that the board is not green while a person must act.
 */
export async function processJob(ports: JobPorts, job: Job<JobData>, token: string | undefined): Promise<unknown> {
  const { subjectId, dispatchId } = jobData.parse(job.data);
  const { result, held } = isStepName(job.name)
    ? await passOrGiveWay(ports.context, job.name, subjectId, dispatchId)
    : await intake(ports, subjectId, job);
  const why = result.why ?? null;
  ports.onEnded({ step: job.name, subjectId, outcome: result.outcome, why });
  if (held !== null) await job.updateProgress({ held: { ...held, problems: [...held.problems] } });
  switch (result.outcome) {
    case 'done':
      return { outcome: 'done', why };
    case 'later':
      await job.moveToDelayed(Date.now() + result.afterMs, token);
      throw new DelayedError(why ?? 'later');
    case 'stop':
      throw new UnrecoverableError(held === null ? (why ?? 'stopped') : describeHold(held));
  }
}

const giveWayMs = 1_000;

/** Whoever lost the lease comes again as a new visit, which finds the other one inside, or the door no longer owed. */
async function passOrGiveWay(
  context: Context,
  step: StepName,
  subjectId: string,
  dispatchId: string | null,
): Promise<StepResult> {
  try {
    return await runStep(context, step, subjectId, dispatchId);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    return { result: later(giveWayMs, 'the visit lost its lease'), held: null };
  }
}

async function intake({ context, postponeEvent }: JobPorts, eventId: string, job: Job<JobData>): Promise<StepResult> {
  const result = await acceptEvent(context, eventId, job.attemptsStarted);
  if (result.outcome === 'later') await postponeEvent(eventId, result.afterMs);
  return { result, held: null };
}

/** The shipment, the code and the fields; never a value. */
function describeHold({ shipmentId, code, problems }: NonNullable<StepResult['held']>): string {
  const fields = problems.map(({ field, code: problem }) => `${field}: ${problem}`).join(', ');
  return `held: ${code} (${shipmentId}${fields === '' ? '' : `; ${fields}`})`;
}
