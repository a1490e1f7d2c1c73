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
import { startProvisioner, type Provisioner } from './provisioning/provisioner.ts';
import { plant, type Seed } from './seed.ts';
import { createSealing } from './store/sealing.ts';
import { loadIdentity, loadSealingKey, loadSettings } from './store/settings.ts';
import { createTables } from './store/tables.ts';

export interface OktaOrgOptions {
  /** A database of its own, which holds all state; missing tables are created. */
  databaseUrl: string;
  /** The accepted SSWS tokens. */
  tokens: readonly string[];
  /** Host of the issuer, such as `acme.okta.example`. */
  issuerHost: string;
  logger: Logger;
  /** The server for PIN mails; without it, send-pin answers 403. */
  smtpUrl?: string | undefined;
  /** Inserted if the org is empty. */
  seed?: Seed | undefined;
  /** 32 bytes in hexadecimal that seal PINs and keys; without it, the org creates and stores one. */
  sealingKey?: string | undefined;
  now?: () => Date;
}

export interface OktaOrg {
  app: Express;
  checks: Readonly<Record<string, ReadyCheck>>;
  /** Stops deliveries and provisioning, and closes the database pool. A new org on the same database continues. */
  stop: () => Promise<void>;
}

/** Starts an Okta org on a database: its API as an Express app, and the calls of its event hooks and SCIM servers. */
export async function createOktaOrg(options: OktaOrgOptions): Promise<OktaOrg> {
  const { issuerHost, logger, smtpUrl, tokens } = options;
  const db = new pg.Pool({ connectionString: options.databaseUrl, max: 10 });
  db.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'));
  const background: (Deliverer | Provisioner)[] = [];
  const stopping = new AbortController();
  try {
    await createTables(db);
    const sealing = createSealing(options.sealingKey ?? (await loadSealingKey(db)));
    let tokenKey: Promise<KeyObject> | undefined;
    const org: Org = {
      db,
      issuerHost,
      identity: await loadIdentity(db),
      settings: await loadSettings(db),
      sealing,
      logger,
      sendPinMail: smtpUrl === undefined ? undefined : createPinMailer(smtpUrl, issuerHost),
      tokenKey: () => (tokenKey ??= keptTokenKey(db, sealing)),
      wakeDeliveries: () => background.forEach(({ wake }) => wake()),
      now: options.now ?? (() => new Date()),
      stopping: stopping.signal,
    };
    await plant(org, options.seed);
    const checks = { database: async () => (await db.query('select 1')).rowCount === 1 };
    const app = createApp(org, { tokens, checks });
    const started = [startDeliverer(org), startProvisioner(org)];
    background.push(...started);
    return { app, checks, stop: () => stopAll(db, stopping, started) };
  } catch (error) {
    await db.end();
    throw error;
  }
}

async function stopAll(
  db: pg.Pool,
  stopping: AbortController,
  background: readonly (Deliverer | Provisioner)[],
): Promise<void> {
  stopping.abort();
  await Promise.all(background.map(({ stop }) => stop()));
  await db.end();
}
