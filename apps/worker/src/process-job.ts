import type { Context } from '@keycourier/journey/ports/context';
import { laterInQueue } from '@keycourier/journey/steps/outcome';
import { runGroupStep, runMirrorStep, runPageStep } from '@keycourier/journey/steps/run-hub-step';
import { runRegistrationStep } from '@keycourier/journey/steps/run-registration-step';
import { runEventStep, runStep, type Following, type StepResult } from '@keycourier/journey/steps/run-step';
import { findStep, type Step } from '@keycourier/journey/steps/steps';
import { jobData, type JobData } from '@keycourier/queues/job';
import { DelayedError, type Job } from 'bullmq';

import { LeaseLostError } from './hold-lease.ts';
import { followWithin, type FollowLimits } from './stage-limits.ts';

export interface JobPorts {
  /** Of this one job. */
  context: Context;
  /** The names of the steps that this worker runs. */
  knownSteps: readonly string[];
  onEnded: (ended: { step: string; subjectId: string; outcome: string; why: string | null }) => void;
  onUnknownStep: (step: string) => void;
  /** Absent where each step gets a job of its own. */
  follow?: FollowLimits;
}

const leaseLostRetryMs = 1_000;
const unknownStepRetryMs = 2_000;

/** How a job ended, as BullMQ keeps it and the board shows it. Codes, ids and names of fields: never a value of a profile. */
export interface JobResult {
  outcome: 'done' | 'later' | 'held' | 'stopped' | 'skipped';
  why: string | null;
  /** The steps that followed in the same run, without jobs of their own. */
  followed?: readonly { step: string; outcome: string; why: string | null }[];
}

/**
 * One job, and the one place where outcomes become BullMQ's: each completes it, but for one that `isInQueue`, which delays
 * it. A result that a step expects is never a failure: only what our own code throws fails a job (decision 0010).
 */
export async function processJob(ports: JobPorts, job: Job<JobData>, token: string | undefined): Promise<JobResult> {
  const step = ports.knownSteps.includes(job.name) ? findStep(job.name) : null;
  if (step === null) return leaveToNewerWorker(ports, job, token);
  const { data } = jobData.safeParse(job.data);
  // Published by another version. Skipping it is safe: the ledger publishes each step again that is still next.
  if (data === undefined) return { outcome: 'skipped', why: 'job data of another version' };
  const followed: NonNullable<JobResult['followed']>[number][] = [];
  const report = async (name: string, { result, held }: StepResult): Promise<void> => {
    ports.onEnded({ step: name, subjectId: data.subjectId, outcome: result.outcome, why: result.why ?? null });
    if (held !== null) await job.updateProgress({ held: { ...held, problems: [...held.problems] } });
  };
  const ended = await inItsStage(ports, step, {
    onEnded: async (name, result) => {
      followed.push({ step: name, outcome: result.result.outcome, why: result.result.why ?? null });
      await report(name, result);
    },
    work: (following) => run(ports.context, { step, data }, following),
  });
  await report(job.name, ended);
  return { ...(await conclude(job, token, ended)), ...(followed.length === 0 ? {} : { followed }) };
}

/** Runs a job when its stage has a place for it, and with what may follow. */
async function inItsStage(
  { follow }: JobPorts,
  { name, queue }: Step,
  { onEnded, work }: Pick<Following, 'onEnded'> & { work: (following?: Following) => Promise<StepResult> },
): Promise<StepResult> {
  if (follow === undefined) return work();
  await follow.limits.enter(queue);
  const following = followWithin(follow, { name, queue }, onEnded);
  return work(following).finally(() => following.end());
}

async function conclude(
  job: Job<JobData>,
  token: string | undefined,
  { result, held }: StepResult,
): Promise<JobResult> {
  const why = result.why ?? null;
  switch (result.outcome) {
    case 'done':
      return { outcome: 'done', why };
    case 'later':
      if (result.isInQueue === true) return delay(job, token, { afterMs: result.afterMs, why: result.why });
      // Of a step that runs again the board shows the next job, and each poll would leave one.
      job.opts.removeOnComplete = true;
      return { outcome: 'later', why };
    case 'stop':
      return held === null ? { outcome: 'stopped', why } : { outcome: 'held', why: describeHold(held) };
  }
}

/** In a rolling upgrade a newer worker runs it: until that one takes it from the queue, the job is only delayed. */
async function leaveToNewerWorker(ports: JobPorts, job: Job<JobData>, token: string | undefined): Promise<never> {
  ports.onUnknownStep(job.name);
  return delay(job, token, { afterMs: unknownStepRetryMs, why: `this worker does not know the step ${job.name}` });
}

async function delay(
  job: Job<JobData>,
  token: string | undefined,
  { afterMs, why }: { afterMs: number; why: string },
): Promise<never> {
  await job.moveToDelayed(Date.now() + afterMs, token);
  throw new DelayedError(why);
}

/** A job whose attempt lost its lease runs again: by then the other attempt is running, or the step is no longer next. */
async function run(
  context: Context,
  { step, data: { subjectId, dispatchId } }: { step: Step; data: JobData },
  following: Following | undefined,
): Promise<StepResult> {
  if (step.subject === 'event') return runEventStep(context, { step: step.name, eventId: subjectId }, following);
  try {
    if (step.subject === 'registration') {
      const claim = { step: step.name, registrationId: subjectId, dispatchId };
      return { result: await runRegistrationStep(context, claim), held: null };
    }
    if (step.subject === 'mirror') {
      const claim = { step: step.name, mirrorId: subjectId, dispatchId };
      return { result: await runMirrorStep(context, claim), held: null };
    }
    if (step.subject === 'hub_group') {
      const claim = { step: step.name, groupId: subjectId, dispatchId };
      return { result: await runGroupStep(context, claim), held: null };
    }
    if (step.subject === 'comparison') {
      const claim = { step: step.name, comparisonId: subjectId, dispatchId };
      return { result: await runPageStep(context, claim), held: null };
    }
    return await runStep(context, { step: step.name, shipmentId: subjectId, dispatchId }, following);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    return { result: laterInQueue(leaseLostRetryMs, 'the attempt lost its lease'), held: null };
  }
}

/** The shipment, the code and the fields; never a value. */
function describeHold({ shipmentId, code, problems }: NonNullable<StepResult['held']>): string {
  const fields = problems.map(({ field, code: problem }) => `${field}: ${problem}`).join(', ');
  return `${code} (${shipmentId}${fields === '' ? '' : `; ${fields}`})`;
}
