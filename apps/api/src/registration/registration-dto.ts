import { registrationProblems } from '@keycourier/journey/model/registration';
import {
  registrationStates,
  type Registration,
  type RegistrationStatus,
} from '@keycourier/ledger/registrations/read-registrations';
import { describeRegistrationProblem } from '@keycourier/messages/registration';
import { z } from 'zod';

import type { RegistrationSettings } from '../context.ts';

const code = z.enum(registrationProblems);
const count = z.int().nonnegative();

const problem = z.strictObject({
  code,
  message: z.string().meta({ description: 'What is wrong, and how to fix it' }),
});

/** Of the person of a shipment. */
export const registrationOfPerson = z
  .strictObject({
    state: z.enum(registrationStates).meta({
      description: '`pending` until Okta was found to have what is wanted; `problem` where it cannot be written',
    }),
    writtenAt: z.iso.datetime().nullable(),
    problem: problem.nullable(),
  })
  .nullable()
  .meta({
    description:
      'Whether Okta shows that the person has a key that works, for any purpose; null where the tenant writes no registrations, or no key of theirs was ever active',
  });

export function toRegistrationOfPerson(found: Registration | undefined): z.input<typeof registrationOfPerson> {
  if (found === undefined) return null;
  return {
    state: found.state,
    writtenAt: found.writtenAt?.toISOString() ?? null,
    problem:
      found.problem === null ? null : { code: found.problem, message: describeRegistrationProblem(found.problem) },
  };
}

const writtenTo = {
  attribute: z.string().nullable(),
  group: z.string().nullable().meta({ description: 'The id or the name in the config' }),
  people: z
    .strictObject({
      ready: count,
      notReady: count,
      pending: count,
      problem: count.meta({ description: 'Where it cannot be written' }),
    })
    .meta({ description: 'How many people are in each state' }),
  problems: z.array(problem.extend({ people: count })).meta({ description: 'How many people have each problem' }),
  settingsProblem: problem
    .extend({ since: z.iso.datetime(), retryAt: z.iso.datetime().nullable() })
    .nullable()
    .meta({ description: 'What an administrator must change in Okta or in the config' }),
};

export const registration = z
  .strictObject({
    tenant: z.string(),
    enabled: z.boolean().meta({ description: 'Whether the tenant has `registration` in its config' }),
    ...writtenTo,
    hub: z
      .strictObject({
        enabled: z.boolean().meta({ description: 'Whether the tenant has `hubRegistration` in its config' }),
        ...writtenTo,
      })
      .meta({ description: 'The same in the hub, of people whose keys are there' }),
  })
  .meta({ id: 'Registration' });

interface InOrg {
  settings: RegistrationSettings | null;
  status: RegistrationStatus;
}

export function toRegistrationDto({
  tenant,
  hub,
  ...own
}: InOrg & { tenant: string; hub: InOrg }): z.input<typeof registration> {
  return { tenant, ...ofOrg(own), hub: ofOrg(hub) };
}

function ofOrg({ settings, status }: InOrg): z.input<typeof registration>['hub'] {
  const { counts, problems, settingsProblem: found } = status;
  return {
    enabled: settings !== null,
    attribute: settings?.attribute ?? null,
    group: settings?.group ?? null,
    people: { ready: counts.ready, notReady: counts.not_ready, pending: counts.pending, problem: counts.problem },
    problems: problems.map((one) => ({ ...one, message: describeRegistrationProblem(one.code) })),
    settingsProblem:
      found === null
        ? null
        : {
            code: found.code,
            message: describeRegistrationProblem(found.code),
            since: found.since.toISOString(),
            retryAt: found.retryAt?.toISOString() ?? null,
          },
  };
}

const none = { ready: 0, notReady: 0, pending: 0, problem: 0 };

export const exampleOfRegistration: z.input<typeof registration> = {
  tenant: 'acme',
  enabled: true,
  attribute: 'keycourierRegistered',
  group: null,
  people: { ready: 212, notReady: 9, pending: 1, problem: 2 },
  problems: [{ code: 'user_deactivated', message: describeRegistrationProblem('user_deactivated'), people: 2 }],
  settingsProblem: null,
  hub: { enabled: false, attribute: null, group: null, people: none, problems: [], settingsProblem: null },
};
