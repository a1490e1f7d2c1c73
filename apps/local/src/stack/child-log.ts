import { z } from 'zod';

const fatal = z.looseObject({ level: z.literal(60), err: z.looseObject({ message: z.string() }) });

/** Why a process ended, from the end of its log: the message of its last fatal entry, else the text itself. */
export function reasonIn(log: string): string {
  const entries = log.split('\n').flatMap((line) => fatal.safeParse(parsed(line)).data ?? []);
  return entries.at(-1)?.err.message ?? log;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
