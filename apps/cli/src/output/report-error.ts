import { z } from 'zod';

import { CliError } from '../errors.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';
import { problemLines } from './problems.ts';

const spoken = z.looseObject({ message: z.string().min(1) });

/** Says on the error output what went wrong, as text or as one JSON object, and never a stack. */
export function reportError(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  const told = error instanceof CliError ? error : null;
  const message = spoken.safeParse(error).data?.message ?? 'it failed for an unknown reason';
  const exitCode = told?.exitCode ?? exitCodes.refused;
  if (json) {
    const { code = 'unexpected', problems = [], problem } = told ?? {};
    terminal.err(JSON.stringify({ error: { code, message, problems, ...(problem === undefined ? {} : { problem }) } }));
    return exitCode;
  }
  for (const [index, line] of message.split('\n').entries())
    terminal.err(index === 0 ? `${terminal.paint.red('error:')} ${clean(line)}` : `  ${clean(line)}`);
  for (const line of [...problemLines(terminal, told?.problems ?? []), ...hints(told?.problem)]) terminal.err(line);
  return exitCode;
}

/** What a refusal names beside its words, as the command that makes use of it. */
const naming = z.object({
  shipmentId: z.string().nullish().catch(null),
  choices: z
    .array(z.object({ productId: z.string(), inventoryProductId: z.string(), customizationId: z.string() }))
    .catch([])
    .default([]),
});

function hints(problem: unknown): string[] {
  const { shipmentId, choices } = naming.catch({ shipmentId: null, choices: [] }).parse(problem);
  return [
    ...(typeof shipmentId === 'string' ? [`  see it: keycourier show ${clean(shipmentId)}`] : []),
    ...choices.map(
      ({ productId, inventoryProductId, customizationId }) =>
        `  --product ${clean(productId)} --inventory ${clean(inventoryProductId)} --customization ${clean(customizationId)}`,
    ),
  ];
}
