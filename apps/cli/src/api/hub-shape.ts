import { z } from 'zod';

const check = z.object({ check: z.string(), passed: z.boolean(), message: z.string(), grant: z.string().nullable() });

/** The hub as the API shows it. */
export const hub = z.object({
  tenant: z.string(),
  source: z.string().nullable(),
  orgUrl: z.string().nullable(),
  auth: z.string().nullable(),
  clientId: z.string().nullable(),
  publicKey: z.looseObject({ kid: z.string() }).nullable(),
  test: z
    .object({ state: z.string(), requestedAt: z.string(), endedAt: z.string().nullable(), checks: z.array(check) })
    .nullable(),
});

export type Hub = z.output<typeof hub>;
export type Checked = z.output<typeof check>;

const person = z.object({
  userId: z.string(),
  hubUserId: z.string().nullable(),
  state: z.string(),
  isDue: z.boolean(),
  problem: z.string().nullable(),
  fields: z.array(z.string()),
  drift: z.array(z.string()).default([]),
});

export type HubPerson = z.output<typeof person>;

export const hubPeople = z.object({ items: z.array(person), nextCursor: z.string().nullable() });

export const hubCounts = z.object({
  states: z.object({ new: z.number(), linked: z.number(), left: z.number() }),
  due: z.number(),
  waiting: z.object({ reason: z.string(), since: z.string() }).nullable().default(null),
  drift: z.number().default(0),
  problems: z.array(z.object({ problem: z.string(), people: z.number() })),
});

export type HubCounts = z.output<typeof hubCounts>;

export const hubAssignments = z.object({
  items: z.array(z.object({ userId: z.string(), initialStatus: z.string().nullable() })),
});

export const hubAssignedGroups = z.object({ items: z.array(z.object({ groupId: z.string() })) });

/** What is pushed to the hub. */
export const hubSettings = z.object({
  create: z.boolean(),
  update: z.boolean(),
  deactivate: z.boolean(),
  reactivate: z.boolean(),
  initialStatus: z.object({ create: z.string(), link: z.string(), reactivation: z.string() }),
  sendEmail: z.boolean(),
  mapping: z.array(z.object({ path: z.string(), target: z.string().nullable() })),
  compareEveryMs: z.number().nullable(),
});

export type HubSettings = z.output<typeof hubSettings>;
