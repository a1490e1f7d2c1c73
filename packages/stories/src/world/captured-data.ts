import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { z } from 'zod';

const file = new URL('../../captured/after-migration-0002.json.gz', import.meta.url);

const tenant = z.strictObject({
  name: z.string(),
  ownOrg: z.boolean().exactOptional(),
  maxRequestsInFlight: z.int().exactOptional(),
  pin: z
    .strictObject({
      recipient: z.enum(['auto', 'both']).exactOptional(),
      channel: z.enum(['smtp', 'okta']).exactOptional(),
      release: z.enum(['on_activation', 'on_delivery', 'on_receipt']).exactOptional(),
    })
    .exactOptional(),
});

const shipment = z.looseObject({
  /** Its name in the table of captured-shipments.ts. */
  label: z.string(),
  tenant: z.string(),
  id: z.string(),
  /** Null if Okta had no such user. */
  userId: z.string().nullable(),
  login: z.string(),
  email: z.string(),
  secondEmail: z.string(),
  /** The primary address, if it was changed in Okta after the check. */
  newEmail: z.string().exactOptional(),
  was: z.looseObject({ status: z.string(), order: z.string(), pin: z.string(), hold: z.string().nullable() }),
  /** Events and cards, oldest first. */
  history: z.array(z.string()),
});

export type CapturedShipment = z.infer<typeof shipment>;

const database = z.strictObject({
  /** In the order of their foreign keys. */
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
  sequences: z.record(z.string(), z.strictObject({ value: z.int(), called: z.boolean() })),
});

export type CapturedDatabase = z.infer<typeof database>;

const batch = z.looseObject({ id: z.string(), total: z.int(), accepted: z.int(), rejectedTotal: z.int() });
const user = z.looseObject({ userId: z.string(), login: z.string(), secondEmail: z.string() });

const captured = z.looseObject({
  capturedAt: z.iso.datetime(),
  /** The migrations of the ledger at that time. */
  migrations: z.array(z.string()),
  tenants: z.array(tenant),
  shipments: z.array(shipment),
  apiKeys: z.strictObject({
    portal: z.string(),
    rotated: z.string(),
    rotatedFormer: z.string(),
    revoked: z.string(),
  }),
  batches: z.strictObject({ open: batch, dryRun: batch, untouched: batch }),
  idempotent: z.strictObject({ key: z.string(), body: z.record(z.string(), z.string()) }),
  /** Users whose events were received and not processed. */
  received: z.strictObject({ group: user, initiated: user }),
  /** The files of the data directory by their relative paths. */
  files: z.record(z.string(), z.string()),
  databases: z.strictObject({ keycourier: database, okta_simulator: database, fulfillment_simulator: database }),
});

export type CapturedData = z.infer<typeof captured>;

/** The data of a stack of the previous version, with all times moved as if it had been captured just now. */
export async function readCapturedData(): Promise<CapturedData> {
  const text = (await promisify(gunzip)(await readFile(file))).toString('utf8');
  const data = captured.parse(JSON.parse(text));
  const byMs = Date.now() - Date.parse(data.capturedAt);
  return captured.parse(moveTimes(data, byMs));
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Moves every time in columns and in JSON. Times are recognized by their format. */
function moveTimes(value: unknown, byMs: number): unknown {
  if (typeof value === 'string') return time.test(value) ? new Date(Date.parse(value) + byMs).toISOString() : value;
  if (Array.isArray(value)) return value.map((one) => moveTimes(one, byMs));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, moveTimes(one, byMs)]));
}
