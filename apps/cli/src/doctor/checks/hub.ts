import { passwordPolicies } from '@keycourier/connectors/okta/hub/temporary-password';
import { ConnectorError } from '@keycourier/journey/ports/errors';

import { createSendToOrg, type OrgAccess } from '../../okta/org-access.ts';
import { testHub } from '../../okta/test-hub.ts';
import { formatSpan } from '../../output/span.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skipped, skippedFor, yellow, type Finding } from '../finding.ts';
import { readLink } from './link.ts';

/** The credentials of the tenant's hub may do there what they are for. */
export const hub: Check<TenantUnderCheck> = {
  name: 'okta.hub',
  run: async (tenant) => {
    const { config, environment, timeoutMs, org } = tenant;
    if (config.hub === undefined) return judgeNamedByApi(tenant);
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

/** The private key of a hub that the API named is the ledger's alone: a worker's last test of it counts. */
async function judgeNamedByApi(tenant: TenantUnderCheck): Promise<Finding> {
  const health = await readLink(tenant);
  if ('status' in health) return health;
  const { link, test } = health;
  if (link === null)
    return tenant.config.keysIn === 'hub'
      ? red('keysIn is hub, and there is no hub', 'name it: hub in keycourier.yaml, or keycourier hub create')
      : green('people sign in where they are kept: there is no hub');
  const { orgUrl, clientId } = link;
  if (clientId === null)
    return yellow(`${orgUrl}, which the API named, has no service app`, 'make it there, then keycourier hub app');
  if (test === null || (test.orgUrl !== null && test.orgUrl !== orgUrl))
    return yellow(`the credentials of ${orgUrl}, which the API named, were never tested`, 'run keycourier hub test');
  if (test.checks === null || test.endedAt === null) return skipped(`the test of ${orgUrl} has not ended`);
  const when = `${formatSpan(tenant.now.getTime() - test.endedAt.getTime())} ago`;
  const failed = test.checks.find(({ passed }) => !passed);
  if (failed !== undefined)
    return red(`${failed.name}: ${failed.message} (tested ${when})`, failed.grant ?? 'run keycourier hub test');
  return green(`all ${test.checks.length} checks of the credentials of ${orgUrl} passed ${when}`);
}

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
