import { profileFields, type ProfileField } from '@keycourier/journey/model/profile';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import jsonata from 'jsonata';

import { codeOf } from '../http/fault-of-socket.ts';
import type { CompiledHris, UnusableSetting } from './settings.ts';

export interface MappingLimits {
  /** Of the evaluation of one expression. */
  timeoutMs: number;
}

/** An endless expression would block the whole process. */
const standardLimits: MappingLimits = { timeoutMs: 250 };

export function compileMapping(
  mapping: Readonly<Partial<Record<ProfileField, string>>>,
  own: Partial<MappingLimits> = {},
): { outcome: 'compiled'; mapPerson: CompiledHris['mapPerson'] } | UnusableSetting {
  const { timeoutMs: timeout } = { ...standardLimits, ...own };
  // jsonata's own guards.
  const limits = { timeout, stack: 200, sequence: 10_000 };
  const compiled: { field: ProfileField; expression: jsonata.Expression }[] = [];
  for (const field of profileFields) {
    const text = mapping[field];
    if (text === undefined) continue;
    try {
      compiled.push({ field, expression: jsonata(text, limits) });
    } catch (error) {
      return { outcome: 'unusable', field: `mapping.${field}`, why: `is not valid JSONata: ${describe(error)}` };
    }
  }
  return {
    outcome: 'compiled',
    mapPerson: async (answer) => {
      const person: Partial<Record<ProfileField, string>> = {};
      for (const { field, expression } of compiled) {
        const value = textOf(await evaluate(field, expression, answer));
        if (value !== null) person[field] = value;
      }
      return person;
    },
  };
}

/** jsonata's errors hold values; only their code is kept. */
async function evaluate(field: ProfileField, expression: jsonata.Expression, answer: unknown): Promise<unknown> {
  try {
    return await expression.evaluate(answer);
  } catch (error) {
    const message = `the expression for ${field} failed (${codeOf(error) ?? 'no code'})`;
    throw new ConnectorError({ service: 'hris', fault: 'outcome_unknown' }, message);
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** jsonata's message about an expression that it cannot parse; it quotes that expression alone. */
function describe(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : null;
  const position = typeof error === 'object' && error !== null && 'position' in error ? error.position : null;
  const where = typeof position === 'number' ? ` (character ${position})` : '';
  return `${typeof message === 'string' ? message : 'it cannot be parsed'}${where}`;
}
