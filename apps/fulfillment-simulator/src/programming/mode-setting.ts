import type { Pool } from 'pg';
import { z } from 'zod';

import { programmingModes, type ProgrammingMode } from './modes.ts';

export const modeRequestSchema = z.strictObject({ mode: z.enum(programmingModes) });

export async function readMode(pool: Pool): Promise<ProgrammingMode> {
  const { rows } = await pool.query('select programming_mode as mode from provider');
  return modeRequestSchema.parse(rows[0]).mode;
}

export async function setMode(pool: Pool, mode: ProgrammingMode): Promise<void> {
  await pool.query('update provider set programming_mode = $1', [mode]);
}
