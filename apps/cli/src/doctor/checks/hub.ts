import { passwordPolicies } from '@keycourier/connectors/okta/hub/temporary-password';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createSendToOrg, type OrgAccess } from '../../okta/org-access.ts';
import { testHub } from '../../okta/test-hub.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skippedFor, yellow, type Finding } from '../finding.ts';

/** The credentials of the tenant's hub may do there what they are for. */
export const hub: Check<TenantUnderCheck> = {
  name: 'okta.hub',
  run: async ({ config, environment, timeoutMs, org }) => {
    if (config.hub === undefined) return green('people sign in where they are kept: there is no hub');
    try {
      const checks = await testHub({ hub: config.hub, environment, timeoutMs });
      const failed = checks.filter(({ passed }) => !passed);
      const [first] = failed;
      if (first === undefined)
        return (await policyProblem(org)) ?? green(`all ${checks.length} checks of the credentials passed`);
      const others = failed.length === 1 ? '' : `, and ${failed.length - 1} more: see keycourier hub test`;
      return red(`${first.name}: ${first.message}${others}`, first.grant ?? 'run keycourier hub test');
    } catch (error) {
      return skippedFor(error);
    }
  },
};

/** Optional: a temporary password is as long as the tenant's own org asks where that can be read. */
async function policyProblem(org: OrgAccess): Promise<Finding | null> {
  try {
    await createSendToOrg(org)(passwordPolicies);
    return null;
  } catch (error) {
    if (!(error instanceof ConnectorError) || !['unauthorized', 'forbidden'].includes(error.fault)) throw error;
    return yellow(
      'the password policy of your own org cannot be read: temporary passwords in the hub have 24 characters',
      'grant okta.policies.read to the service app of your own org, if a policy there asks for more',
    );
  }
}
