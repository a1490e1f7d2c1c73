import { z } from 'zod';

/**
 * How the inbox handles the next mails: `reject-temporarily` answers 451, `reject` 550, `hang` does not answer;
 * `lose-answer` stores the mail and drops the connection before the 250. `times` is the number of mails.
 */
export const smtpFaultSchema = z.strictObject({
  mode: z.enum(['accept', 'reject-temporarily', 'reject', 'hang', 'lose-answer']),
  times: z.number().int().positive().optional(),
});

export type SmtpFault = z.infer<typeof smtpFaultSchema>;

export interface SmtpFaults {
  current: () => SmtpFault;
  set: (fault: SmtpFault) => void;
  /** The mode for the current mail, which is counted. */
  take: () => SmtpFault['mode'];
}

/** Faults are in memory: a restart ends them. */
export function createSmtpFaults(): SmtpFaults {
  const healthy: SmtpFault = { mode: 'accept' };
  let fault = healthy;
  return {
    current: () => fault,
    set: (next) => {
      fault = next;
    },
    take: () => {
      const { mode, times } = fault;
      if (times !== undefined) fault = times === 1 ? healthy : { mode, times: times - 1 };
      return mode;
    },
  };
}
