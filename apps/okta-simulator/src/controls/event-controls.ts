import { z } from 'zod';

import { parseBody, type Handler } from '../http/handler.ts';
import { settingsSchema } from '../store/settings.ts';

const values = settingsSchema.shape;

const hooksSchema = z.strictObject({
  timeoutMs: values.hookTimeoutMs.unwrap().optional(),
  retryDelayMs: values.hookRetryDelayMs.unwrap().optional(),
  loseRate: values.hookLoseRate.unwrap().optional(),
  duplicateRate: values.hookDuplicateRate.unwrap().optional(),
  delayMs: values.hookDelayMs.unwrap().optional(),
  reorder: values.hookReorder.unwrap().optional(),
  stopped: values.hooksStopped.unwrap().optional(),
  seed: values.seed.unwrap().optional(),
});

const logSchema = z.strictObject({
  lateRate: values.logLateRate.unwrap().optional(),
  lateMs: values.logLateMs.unwrap().optional(),
  limitPerMinute: values.logLimitPerMinute.unwrap().optional(),
  seed: values.seed.unwrap().optional(),
});

/** `PUT /sim/hooks`: changes what the body has, for events raised from now on, and returns all of it. */
export const changeHooks: Handler = async (org, request) => {
  const body = parseBody(hooksSchema, request.body, 'hooks');
  await org.settings.change({
    hookTimeoutMs: body.timeoutMs,
    hookRetryDelayMs: body.retryDelayMs,
    hookLoseRate: body.loseRate,
    hookDuplicateRate: body.duplicateRate,
    hookDelayMs: body.delayMs,
    hookReorder: body.reorder,
    hooksStopped: body.stopped,
    seed: body.seed,
  });
  org.wakeDeliveries();
  const now = org.settings.current();
  const answer = {
    timeoutMs: now.hookTimeoutMs,
    retryDelayMs: now.hookRetryDelayMs,
    loseRate: now.hookLoseRate,
    duplicateRate: now.hookDuplicateRate,
    delayMs: now.hookDelayMs,
    reorder: now.hookReorder,
    stopped: now.hooksStopped,
    seed: now.seed,
  };
  return { status: 200, body: answer };
};

/** `PUT /sim/log`: changes what the body has, and returns all of it. */
export const changeLog: Handler = async (org, request) => {
  const body = parseBody(logSchema, request.body, 'log');
  await org.settings.change({
    logLateRate: body.lateRate,
    logLateMs: body.lateMs,
    logLimitPerMinute: body.limitPerMinute,
    seed: body.seed,
  });
  const { logLateMs, logLateRate, logLimitPerMinute, seed } = org.settings.current();
  return {
    status: 200,
    body: { lateRate: logLateRate, lateMs: logLateMs, limitPerMinute: logLimitPerMinute, seed },
  };
};

/** `DELETE /sim/log/cursors`: all `next` links so far are refused. */
export const revokeCursors: Handler = async (org) => {
  await org.settings.change({ cursorGeneration: org.settings.current().cursorGeneration + 1 });
  return { status: 204 };
};
