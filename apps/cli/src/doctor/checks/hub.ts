import { testHub } from '../../okta/test-hub.ts';
import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red, skippedFor } from '../finding.ts';

/** The credentials of the tenant's hub may do there what they are for. */
export const hub: Check<TenantUnderCheck> = {
  name: 'okta.hub',
  run: async ({ config, environment, timeoutMs }) => {
    if (config.hub === undefined) return green('people sign in where they are kept: there is no hub');
    try {
      const checks = await testHub({ hub: config.hub, environment, timeoutMs });
      const failed = checks.filter(({ passed }) => !passed);
      const [first] = failed;
      if (first === undefined) return green(`all ${checks.length} checks of the credentials passed`);
      const others = failed.length === 1 ? '' : `, and ${failed.length - 1} more: see keycourier hub test`;
      return red(`${first.name}: ${first.message}${others}`, first.grant ?? 'run keycourier hub test');
    } catch (error) {
      return skippedFor(error);
    }
  },
};
