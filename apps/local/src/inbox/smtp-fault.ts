import { z } from 'zod';

/**
 * How the inbox treats the mails to come: `reject-temporarily` answers 451, `reject` 550, `hang` nothing at all;
 * `lose-answer` keeps the mail and drops the connection before the 250. `times` ends the fault after so many mails.
 */
export const smtpFaultSchema = z.strictObject({
  mode: z.enum(['accept', 'reject-temporarily', 'reject', 'hang', 'lose-answer']),
  times: z.number().int().positive().optional(),
});

export type SmtpFault = z.infer<typeof smtpFaultSchema>;

export interface SmtpFaults {
  current: () => SmtpFault;
  set: (fault: SmtpFault) => void;
  /** What happens to the mail at hand; counts it. */
  take: () => SmtpFault['mode'];
}

/** Lives in memory: a restarted inbox is a healthy one. */
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
