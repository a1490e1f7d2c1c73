import { secretProblems } from '@keycourier/config/refusals/at-start';
import { secretUsesOf } from '@keycourier/config/secret-uses';
import { clientKeyProblem } from '@keycourier/connectors/okta/client-key';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red } from '../finding.ts';

/** Every secret that the config file refers to can be used, as receiver and worker judge it when they start. */
export const secrets: Check<TenantUnderCheck> = {
  name: 'secrets',
  run: async ({ name, config, environment }) => {
    const uses = secretUsesOf(name, config);
    const judge = ({ kind }: { kind: string }, value: string): string | null =>
      kind === 'private-key' ? clientKeyProblem(value) : null;
    const problems = await secretProblems({ uses, environment, judge });
    if (problems.length === 0) return green(`all ${uses.length} can be used`);
    return red(problems.join('; '), 'correct what it names; receiver and worker refuse to start like this');
  },
};
