import { z } from 'zod';

const nullable = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const problem = z.looseObject({ code: z.string(), message: z.string() });

const inOrg = {
  enabled: z.boolean(),
  attribute: nullable,
  group: nullable,
  people: z.looseObject({ ready: z.number(), notReady: z.number(), pending: z.number(), problem: z.number() }),
  problems: z.array(problem.extend({ people: z.number() })).default([]),
  settingsProblem: problem.extend({ since: z.string(), retryAt: nullable }).nullable(),
};

/** The parts of the API's answer about registration sync that the CLI reads. */
export const registration = z.looseObject({
  tenant: z.string(),
  ...inOrg,
  hub: z.looseObject(inOrg).optional(),
});

export type Registration = z.output<typeof registration>;
