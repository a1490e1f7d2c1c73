import { proxyOf, proxyProblems } from '@keycourier/connectors/http/outbound-proxy';

import type { Check, TenantUnderCheck } from '../check.ts';
import { green, red } from '../finding.ts';

/** Which proxy of the environment each host of the tenant is reached through. */
export const outboundProxy: Check<TenantUnderCheck> = {
  name: 'proxy',
  run: ({ config: { okta, fulfillment, hris } }) => {
    const problems = proxyProblems();
    if (problems.length > 0)
      return Promise.resolve(red(problems.join('; '), 'set it to a URL such as http://proxy.example:3128'));
    const urls = [okta.orgUrl, fulfillment.apiUrl, fulfillment.keysUrl, ...(hris === undefined ? [] : [hris.url])];
    const byHost = new Map(urls.map((text) => new URL(text)).map((url) => [url.host, proxyOf(url)?.origin]));
    const ways = [...byHost].map(([host, proxy]) =>
      proxy === undefined ? `${host} directly` : `${host} through ${proxy}`,
    );
    return Promise.resolve(green(ways.join(', ')));
  },
};
