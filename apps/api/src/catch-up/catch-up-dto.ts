import { catchUpProblems } from '@keycourier/journey/model/catch-up';
import type { CatchUpStatus } from '@keycourier/ledger/catch-up/read-catch-up';
import { describeCatchUpProblem } from '@keycourier/messages/catch-up';
import { z } from 'zod';

const time = z.iso.datetime().nullable();
const count = z.int().nonnegative();

const problem = z
  .strictObject({
    code: z.enum(catchUpProblems),
    message: z.string().meta({ description: 'What is wrong, and how to fix it' }),
    detail: z.string().meta({ description: "The call and the service's answer" }),
    since: z.iso.datetime(),
  })
  .nullable()
  .meta({ id: 'CatchUpProblem', description: 'Why the log cannot be read now; null if it can' });

const hook = z
  .strictObject({
    status: z.enum(['verified', 'unverified', 'inactive', 'missing', 'unknown']).meta({
      description:
        'What the org says; `unknown` if it was not asked yet, or the credentials lack `okta.eventHooks.read`',
    }),
    checkedAt: time,
    lastDeliveryAt: time,
  })
  .meta({ id: 'EventHook' });

const dailyCap = z
  .strictObject({
    delivered: count.meta({
      description: "Events that the hook delivered today (UTC). Other hooks use the org's cap too",
    }),
    cap: count.meta({ description: 'Beyond it, Okta delivers no events until the next day' }),
    share: z.number().nonnegative(),
    isNear: z.boolean().meta({ description: 'From 70 % on' }),
  })
  .meta({ id: 'DailyCap' });

export const catchUp = z
  .strictObject({
    tenant: z.string(),
    enabled: z.boolean(),
    lagSeconds: z.number().nonnegative().nullable().meta({
      description: 'How far behind the reading of the log is; null before the first poll',
    }),
    lastPollAt: time.meta({ description: 'The last poll that reached the end of the log' }),
    nextPollAt: time,
    lastEventPublishedAt: time,
    eventsReadToday: count.meta({ description: 'Events in the log today (UTC), delivered ones included' }),
    foundOnlyByCatchUp: z
      .strictObject({ today: count, total: count })
      .meta({ description: 'Events that the hook has not delivered, not even late' }),
    cursorRefusals: count.meta({
      description: 'How often Okta refused the position in the log; nothing is lost by it',
    }),
    problem,
    hook,
    dailyCap,
  })
  .meta({ id: 'CatchUp' });

const toText = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toCatchUpDto({
  tenant,
  isEnabled,
  status,
}: {
  tenant: string;
  isEnabled: boolean;
  status: CatchUpStatus;
}): z.input<typeof catchUp> {
  return {
    tenant,
    enabled: isEnabled,
    lagSeconds: status.lagMs === null ? null : Math.round(status.lagMs / 1_000),
    lastPollAt: toText(status.polledAt),
    nextPollAt: isEnabled ? toText(status.nextPollAt) : null,
    lastEventPublishedAt: toText(status.lastPublished),
    eventsReadToday: status.eventsReadToday,
    foundOnlyByCatchUp: status.foundOnlyHere,
    cursorRefusals: status.cursorRefusals,
    problem: toProblem(status.problem),
    hook: {
      status: status.hook.status,
      checkedAt: toText(status.hook.checkedAt),
      lastDeliveryAt: toText(status.hook.lastDeliveryAt),
    },
    dailyCap: status.cap,
  };
}

function toProblem(found: CatchUpStatus['problem']): z.input<typeof problem> {
  if (found === null) return null;
  const { code, detail, since } = found;
  return { code, message: describeCatchUpProblem(code), detail, since: since.toISOString() };
}

export const exampleOfCatchUp: z.input<typeof catchUp> = {
  tenant: 'acme',
  enabled: true,
  lagSeconds: 12,
  lastPollAt: '2026-03-02T09:00:00.000Z',
  nextPollAt: '2026-03-02T09:01:00.000Z',
  lastEventPublishedAt: '2026-03-02T08:57:31.000Z',
  eventsReadToday: 212,
  foundOnlyByCatchUp: { today: 3, total: 17 },
  cursorRefusals: 0,
  problem: null,
  hook: { status: 'verified', checkedAt: '2026-03-02T08:55:00.000Z', lastDeliveryAt: '2026-03-02T08:57:32.000Z' },
  dailyCap: { delivered: 209, cap: 400_000, share: 0.0005225, isNear: false },
};
