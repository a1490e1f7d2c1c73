import type { KeyObject } from 'node:crypto';

import type { Logger } from '@keycourier/runtime/logger';
import type { ReadyCheck } from '@keycourier/runtime/probes';
import type { Express } from 'express';
import pg from 'pg';

import type { Org } from './context.ts';
import { startDeliverer, type Deliverer } from './event-hooks/deliverer.ts';
import { createApp } from './http/app.ts';
import { keptTokenKey } from './oauth/access-token.ts';
import { createPinMailer } from './preregistration/pin-mail.ts';
import { plant, type Seed } from './seed.ts';
import { createSealing } from './store/sealing.ts';
import { keptIdentity, keptSealingKey, openSettings } from './store/settings.ts';
import { createTables } from './store/tables.ts';

export interface OktaOrgOptions {
  /** A database of its own; tables are made where they are missing, and all state is in them. */
  databaseUrl: string;
  /** The SSWS tokens that are let in. */
  tokens: readonly string[];
  /** Host of the issuer, such as `acme.okta.example`. */
  issuerHost: string;
  logger: Logger;
  /** Where PIN mails go; without it send-pin answers 403. */
  smtpUrl?: string | undefined;
  /** Planted when the org is empty. */
  seed?: Seed | undefined;
  /** 32 bytes in hexadecimal that seal PINs and keys; without it the org makes one and keeps it. */
  sealingKey?: string | undefined;
  now?: () => Date;
}

export interface OktaOrg {
  app: Express;
  checks: Readonly<Record<string, ReadyCheck>>;
  /** Stops delivering and lets the database go. A new org on the same database goes on where this one stopped. */
  stop: () => Promise<void>;
}

/** An Okta org on a database: its API as an Express app, its event hooks already being delivered. */
export async function createOktaOrg(options: OktaOrgOptions): Promise<OktaOrg> {
  const { issuerHost, logger, smtpUrl, tokens } = options;
  const db = new pg.Pool({ connectionString: options.databaseUrl, max: 10 });
  db.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'));
  let deliverer: Deliverer | undefined;
  try {
    await createTables(db);
    const sealing = createSealing(options.sealingKey ?? (await keptSealingKey(db)));
    let tokenKey: Promise<KeyObject> | undefined;
    const org: Org = {
      db,
      issuerHost,
      identity: await keptIdentity(db),
      settings: await openSettings(db),
      sealing,
      logger,
      sendPinMail: smtpUrl === undefined ? undefined : createPinMailer(smtpUrl, issuerHost),
      tokenKey: () => (tokenKey ??= keptTokenKey(db, sealing)),
      wakeDeliveries: () => deliverer?.wake(),
      now: options.now ?? (() => new Date()),
    };
    await plant(org, options.seed);
    const checks = { database: async () => (await db.query('select 1')).rowCount === 1 };
    const app = createApp(org, { tokens, checks });
    const running = startDeliverer(org);
    deliverer = running;
    return {
      app,
      checks,
      stop: async () => {
        await running.stop();
        await db.end();
      },
    };
  } catch (error) {
    await db.end();
    throw error;
  }
}
