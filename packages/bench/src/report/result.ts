import { readFile } from 'node:fs/promises';

import { z } from 'zod';

/** A row of a chart: its value, and where several rounds were measured, the lowest and the highest. */
const bar = z.strictObject({
  label: z.string(),
  value: z.number(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Ours stands out from what it is compared with. */
  isOurs: z.boolean(),
});

const table = z.strictObject({ title: z.string(), columns: z.array(z.string()), rows: z.array(z.array(z.string())) });

const chart = z.strictObject({ name: z.string(), title: z.string(), unit: z.string(), bars: z.array(bar) });

/** What must hold, and what was measured; no value where this run did not measure it. */
const target = z.strictObject({
  what: z.string(),
  value: z.number().nullable(),
  limit: z.number(),
  direction: z.enum(['at least', 'at most']),
  unit: z.string(),
});

/** What a part of the bench found, as the report shows it. */
export const partResult = z.strictObject({
  part: z.string(),
  title: z.string(),
  about: z.string(),
  /** When its run of the bench began, to the minute. */
  ranAt: z.string(),
  seconds: z.number(),
  tables: z.array(table),
  charts: z.array(chart),
  targets: z.array(target),
  /** What the model of capacity computes with, by name and unit. */
  constants: z.record(z.string(), z.number()),
  notes: z.array(z.string()),
  /** Why its last run has no figures; what stands here is then of an earlier run, if there was one. */
  failure: z.string().nullable(),
});

export type PartResult = z.infer<typeof partResult>;
export type Table = z.infer<typeof table>;
export type Chart = z.infer<typeof chart>;
export type Bar = z.infer<typeof bar>;
export type Target = z.infer<typeof target>;

/** What a part measures, without how it is called. */
export type Found = Omit<PartResult, 'part' | 'title' | 'about' | 'ranAt' | 'seconds' | 'failure'>;

export const nothingFound: Found = { tables: [], charts: [], targets: [], constants: {}, notes: [] };

const saved = z.looseObject({ results: z.array(partResult) });

/** The results beside the report; none where it was never written, or by another version of the bench. */
export async function readResults(path: string): Promise<readonly PartResult[]> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  return saved.safeParse(JSON.parse(text)).data?.results ?? [];
}
