import { z } from 'zod';

import { problem } from './problem.ts';

/** The parts of the API's answers that the CLI reads. Unknown members are kept for `--json`. */

const nullable = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const state = z.looseObject({ state: z.string() });
const problems = z.array(problem).default([]);

const registration = z
  .looseObject({ state: z.string(), writtenAt: nullable, problem: z.looseObject({ code: z.string() }).nullish() })
  .nullish();

export const shipment = z.looseObject({
  id: z.string(),
  status: z.string(),
  trigger: nullable,
  requestedBy: z
    .looseObject({
      apiKey: z.looseObject({ id: nullable, name: nullable }).nullish(),
      event: z.looseObject({ id: nullable, uuid: nullable }).nullish(),
    })
    .nullish(),
  batch: z.looseObject({ id: nullable, row: z.number().nullish() }).nullish(),
  purpose: nullable,
  product: z.looseObject({ productId: nullable, inventoryProductId: nullable, customizationId: nullable }).nullish(),
  note: nullable,
  user: z.looseObject({ id: nullable, login: nullable }),
  hub: z.looseObject({ userId: z.string(), drift: z.array(z.string()).optional(), registration }).nullish(),
  order: state.extend({ providerId: nullable }),
  parcel: state.extend({ carrier: nullable, trackingNumber: nullable, trackingUrl: nullable }),
  credential: state.extend({ enrollmentId: nullable, serial: nullable, firmware: nullable }),
  pin: state.extend({ sentTo: nullable, sentAt: nullable }),
  registration,
  hold: z.looseObject({ code: z.string(), message: nullable, since: nullable }).nullish(),
  problems,
  retries: z
    .array(z.looseObject({ card: z.string(), failures: z.number(), reason: nullable, nextAt: nullable }))
    .default([]),
  actions: z.array(z.string()).default([]),
  dryRun: z.boolean().default(false),
  duplicateOf: nullable,
  createdAt: nullable,
  updatedAt: nullable,
});

export type Shipment = z.output<typeof shipment>;

export const shipmentPage = z.looseObject({ items: z.array(shipment), nextCursor: nullable });

export const event = z.looseObject({
  id: z.string(),
  uuid: z.string(),
  key: z.number().default(1),
  eventType: z.string(),
  receivedAt: nullable,
  outcome: z.string(),
  reason: nullable,
  shipmentId: nullable,
  redeliveries: z.number().default(0),
});

/** An event that Okta sent, and what became of it. */
export type OktaEvent = z.output<typeof event>;

export const eventPage = z.looseObject({ items: z.array(event), nextCursor: nullable });

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** An attempt of a step (a card), or a state change. */
export const historyItem = z.looseObject({
  card: nullable,
  attempt: z.number().nullish(),
  startedAt: nullable,
  endedAt: nullable,
  outcome: nullable,
  why: nullable,
  event: nullable,
  at: nullable,
  detail: z.record(z.string(), scalar.catch(null)).nullish().catch(null),
});

export type HistoryItem = z.output<typeof historyItem>;

export const history = z.looseObject({ items: z.array(historyItem) });

const rejectedRow = z.looseObject({ row: z.number(), problems });

export const batch = z.looseObject({
  id: z.string(),
  total: z.number(),
  accepted: z.number(),
  rejected: z.array(rejectedRow).default([]),
  rejectedTotal: z.number(),
  /** Number of shipments by status; absent from the answer to the upload. */
  statuses: z.record(z.string(), z.number()).default({}),
  dryRun: z.boolean().default(false),
});

export type Batch = z.output<typeof batch>;

const listedBatch = z.looseObject({
  id: z.string(),
  total: z.number(),
  accepted: z.number(),
  rejectedTotal: z.number(),
  dryRun: z.boolean().default(false),
  createdAt: nullable,
});

export type ListedBatch = z.output<typeof listedBatch>;

export const batchPage = z.looseObject({ items: z.array(listedBatch), nextCursor: nullable });

export const batchRow = z.looseObject({
  row: z.number(),
  /** A shipment's status, or `rejected`. */
  status: z.string(),
  user: z.looseObject({ id: nullable, login: nullable }),
  shipmentId: nullable,
  problems,
});

export type BatchRow = z.output<typeof batchRow>;

export const batchRows = z.looseObject({ items: z.array(batchRow), nextCursor: nullable });

export const caller = z.looseObject({
  tenant: z.string(),
  apiKey: z.looseObject({
    id: z.string(),
    name: nullable,
    scopes: z.array(z.string()).default([]),
    expiresAt: nullable,
  }),
  mode: nullable,
});

export const roles = z.looseObject({
  role: nullable,
  message: z.string(),
  groups: z.array(z.looseObject({ name: z.string(), role: nullable, message: z.string() })),
});

const product = z.looseObject({ productId: z.string(), inventoryProductId: z.string(), customizationId: z.string() });

export type Product = z.output<typeof product>;

const stock = z.looseObject({
  inventoryProductId: z.string(),
  name: z.string(),
  quantity: z.number(),
  underWay: z.number(),
  usedPerDay: z.number().nullable(),
  daysLeft: z.number().nullable(),
  lowSince: nullable,
});

export type Stock = z.output<typeof stock>;

export const stockList = z.looseObject({
  items: z.array(stock),
  lastReadAt: nullable,
  nextReadAt: nullable,
  problem: z.looseObject({ code: z.string(), message: z.string() }).nullish(),
});

export const productList = z.looseObject({ items: z.array(product) });

const flow = z.looseObject({ slug: z.string(), title: nullable, enabled: z.boolean() });

export type Flow = z.output<typeof flow>;

const warnings = z.array(z.looseObject({ message: z.string() })).default([]);

export const updatedFlow = flow.extend({ warnings });
export const flowList = z.looseObject({ items: z.array(flow), warnings });

export const apiKey = z.looseObject({
  id: z.string(),
  name: nullable,
  scopes: z.array(z.string()).default([]),
  createdAt: nullable,
  createdBy: nullable,
  owner: nullable,
  expiresAt: nullable,
  lastUsedAt: nullable,
  revokedAt: nullable,
  /** Until when the previous secret is accepted. */
  formerUntil: nullable,
});

export type ApiKey = z.output<typeof apiKey>;

/** The key itself is in this answer only. */
export const newApiKey = apiKey.extend({ key: z.string() });
/** Null for an answer without content. */
export const revokedKeys = z.looseObject({ revoked: z.array(z.string()).optional() }).nullable();
export const apiKeyList = z.looseObject({ items: z.array(apiKey) });
