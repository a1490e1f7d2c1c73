import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { BenchError } from '../errors.ts';
import { memoryOf } from '../measure/processes.ts';
import { startApp } from '../stack/apps.ts';
import { noServices, writeConfig, writeFiles, type Files } from '../stack/files.ts';
import { createLedger } from '../stack/ledger.ts';
import type { CleanUps } from '../stack/scratch.ts';
import { connect, startPostgres, type Database } from '../stack/stores.ts';
import { columns, fileOf } from './rows.ts';

export interface BatchFigures {
  rows: number;
  /** From the request to its answer, which follows the commit. */
  seconds: number;
  copySeconds: number;
  apiPeakMb: number;
  /** The longest that another client waited for GET /healthz meanwhile. */
  othersWaitedMs: number;
}

export interface BatchOptions {
  /** The rows of each upload, in their order. */
  uploads: readonly number[];
  onProgress: (what: string) => void;
}

interface Parts {
  files: Files;
  databaseUrl: string;
  apiKey: string;
  ledger: Database;
  baseline: Database;
}

/** Uploads files to the API, a fresh process for each as after a start, and copies the same file into a table beside it. */
export async function measureBatches(dir: string, cleanUps: CleanUps, options: BatchOptions): Promise<BatchFigures[]> {
  const postgres = await startPostgres(join(dir, 'postgres'));
  cleanUps.add(postgres.stop);
  const files = await writeFiles(dir);
  await writeConfig(files, noServices);
  const made = await createLedger(postgres, 'keycourier', files);
  await postgres.createDatabase('baseline');
  const [ledger, baseline] = await Promise.all([connect(made.databaseUrl), connect(postgres.url('baseline'))]);
  cleanUps.add(() => Promise.all([ledger.close(), baseline.close()]));
  await baseline.rows(`create table copied (${columns.map((name) => `"${name}" text`).join(', ')})`);
  const found: BatchFigures[] = [];
  for (const [index, rows] of options.uploads.entries()) {
    options.onProgress(`batch of ${rows} rows, upload ${index + 1} of ${options.uploads.length}`);
    found.push(await measureBatch({ files, ledger, baseline, ...made }, { name: `b${index}`, rows }));
  }
  return found;
}

const tables = 'shipments, batches, batch_rejections, secrets, history, outbox';

async function measureBatch(parts: Parts, { name, rows }: { name: string; rows: number }): Promise<BatchFigures> {
  const file = fileOf(name, rows);
  await parts.ledger.rows(`truncate ${tables} cascade`);
  const copySeconds = await copy(parts, file);
  const api = await startApp('api', parts);
  try {
    const others = new AbortController();
    const waiting = longestWait(api.url, others.signal);
    const startedAt = performance.now();
    const answer = await fetch(`${api.url}/v1/batches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${parts.apiKey}`, 'content-type': 'text/csv' },
      body: file,
    });
    const { accepted } = z.looseObject({ accepted: z.int().nullish() }).parse(await answer.json());
    const seconds = (performance.now() - startedAt) / 1_000;
    others.abort();
    if (answer.status !== 202 || accepted !== rows)
      throw new BenchError(`a batch of ${rows} rows is answered ${answer.status}, ${accepted} accepted`);
    return {
      rows,
      seconds,
      copySeconds,
      apiPeakMb: (await memoryOf(api.pid)).peakMb,
      othersWaitedMs: await waiting,
    };
  } finally {
    await api.stop();
  }
}

/** The server reads the file itself: nothing of a client is in its time. */
async function copy({ files, baseline }: Parts, file: string): Promise<number> {
  const path = join(files.dir, 'copy.csv');
  await writeFile(path, file);
  await chmod(path, 0o644);
  await baseline.rows('truncate copied');
  const startedAt = performance.now();
  await baseline.rows(`copy copied from '${path}' with (format csv, header)`);
  return (performance.now() - startedAt) / 1_000;
}

/** Often enough to meet a wait of 50 ms; what is asked more often is itself a part of the API's work. */
const askEveryMs = 20;

async function longestWait(url: string, signal: AbortSignal): Promise<number> {
  let longestMs = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await fetch(`${url}/healthz`).then((answer) => answer.text());
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    await new Promise((resolve) => {
      setTimeout(resolve, askEveryMs);
    });
  }
  return longestMs;
}
