import { z } from 'zod';

import { CliError } from '../errors.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { clean } from './clean.ts';
import { problemLines } from './problems.ts';

const withMessage = z.looseObject({ message: z.string().min(1) });

/** Prints an error to stderr, as text or as one JSON object, never with a stack. */
export function reportError(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  const cliError = error instanceof CliError ? error : null;
  const message = withMessage.safeParse(error).data?.message ?? 'unknown error';
  const exitCode = cliError?.exitCode ?? exitCodes.refused;
  if (json) {
    const { code = 'unexpected', problems = [], problem } = cliError ?? {};
    terminal.err(JSON.stringify({ error: { code, message, problems, ...(problem === undefined ? {} : { problem }) } }));
    return exitCode;
  }
  for (const [index, line] of message.split('\n').entries())
    terminal.err(index === 0 ? `${terminal.paint.red('error:')} ${clean(line)}` : `  ${clean(line)}`);
  for (const line of [...problemLines(terminal, cliError?.problems ?? []), ...hints(cliError?.problem)])
    terminal.err(line);
  return exitCode;
}

/** The parts of a problem document that become a suggested command or options. */
const hintFields = z.object({
  shipmentId: z.string().nullish().catch(null),
  choices: z
    .array(z.object({ productId: z.string(), inventoryProductId: z.string(), customizationId: z.string() }))
    .catch([])
    .default([]),
});

function hints(problem: unknown): string[] {
  const { shipmentId, choices } = hintFields.catch({ shipmentId: null, choices: [] }).parse(problem);
  return [
    ...(typeof shipmentId === 'string' ? [`  see: keycourier show ${clean(shipmentId)}`] : []),
    ...choices.map(
      ({ productId, inventoryProductId, customizationId }) =>
        `  --product ${clean(productId)} --inventory ${clean(inventoryProductId)} --customization ${clean(customizationId)}`,
    ),
  ];
}
