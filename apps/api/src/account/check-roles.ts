import { describeGroup, describeRoles, explainRoles } from '@keycourier/config/explain-roles';
import { operatorRoles } from '@keycourier/config/key-files/operators';
import { json } from '@keycourier/http/contract';
import { bodyRoute, noQuery } from '@keycourier/http/parse-request';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { refuse } from '../problems.ts';

const body = z.strictObject({
  groups: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(200)
    .meta({ description: 'The names of the groups, as the claim of Okta has them' }),
});

const role = z.enum(operatorRoles).nullable();

const answer = z
  .strictObject({
    role: role.meta({ description: 'The highest role in this tenant; null: it does not exist for this sign-in' }),
    isAdmitted: z.boolean().meta({ description: 'Whether it has a role in any tenant: else the sign-in is refused' }),
    message: z.string().meta({ description: 'The same in a sentence' }),
    groups: z
      .array(
        z.strictObject({
          name: z.string(),
          role: role.meta({ description: 'The role that this group alone has' }),
          almost: z
            .string()
            .nullable()
            .meta({ description: 'The name of a rule that it differs from in letter case or spaces alone' }),
          message: z.string().meta({ description: 'Why it has this role, or none' }),
        }),
      )
      .meta({ description: 'Each of the groups' }),
  })
  .meta({ id: 'Roles' });

const example = {
  role: 'operator' as const,
  isAdmitted: true,
  message: describeRoles('acme', { role: 'operator', isAdmitted: true }),
  groups: [
    { name: 'keycourier operators', role: 'operator' as const, almost: null, message: 'a rule has exactly this name' },
  ],
};

/** A drill: by the rule of a sign-in at the console, without one. */
export const checkRoles: Endpoint = {
  contract: {
    name: 'checkRoles',
    summary: 'Find out which role a sign-in would have',
    description:
      'Which role a sign-in to the console with these groups would have in this tenant, and why. It reads `console.signIn` of keycourier.yaml; Okta is not asked, and nothing is changed.',
    body: { isRequired: true, content: json(body, { groups: ['keycourier operators'] }) },
    answers: {
      200: { description: 'The role, and what each group has to do with it', content: json(answer, example) },
    },
    refusals: ['no_sign_in'],
  },
  handler: bodyRoute(
    { query: noQuery, body },
    async ({ signIn }, { tenant: { name: tenant } }, { body: { groups } }) => {
      if (signIn === undefined)
        return refuse(
          'no_sign_in',
          'Operators sign in with accounts of the operators’ file alone: their roles stand there.',
        );
      const explained = explainRoles(signIn, { tenant, groups: [...new Set(groups)] });
      return {
        status: 200,
        body: {
          role: explained.role,
          isAdmitted: explained.isAdmitted,
          message: describeRoles(tenant, explained),
          groups: explained.groups.map((group) => ({ ...group, message: describeGroup(tenant, group) })),
        },
      };
    },
  ),
};
