import TestSequencer from '@jest/test-sequencer';

/** Those that take half a minute or more where every core is busy, longest first. */
const first = [
  'redis.story',
  'postgres.story',
  'hub.story',
  'catch-up.story',
  'scim-on-postgres.story',
  'scim-on-redis.story',
  'upgrade.story',
  'power-cut-on-postgres.story',
  'commands.story',
  'power-cut-on-redis.story',
  'faults/faults.test',
  'limits/limits.test',
  'fuzz/fuzz.test',
  'pages/pages-in-browser.test',
  'worker/dist/hub-people.test',
  'sign-in/okta-in-browser.test',
  'doctor/doctor.test',
  'worker/dist/hub-groups.test',
  'scim/dist/frozen-database.test',
  'api/dist/frozen-database.test',
  'ledger/dist/frozen-database.test',
  'worker/dist/rolling-upgrade.test',
  'api/dist/held-refusals.test',
  'worker/dist/hub-imports.test',
  'journey.crash.test',
  'journey.cancelled.test',
  'console/dist/browser.test',
  'worker/dist/registrations.test',
  'openapi/describe-api.test',
  'conformance/half-applied.test',
  'doctor/doctor.org.test',
  'openapi/docs-in-browser.test',
  'ledger/dist/hot-plans.test',
  'live/live-in-browser.test',
  'live/live.test',
  'runtime/dist/http-body.test',
  'bulk/run-some.test',
  'batches/upload.test',
  'suggest.properties.test',
  'plan-predicates.test',
  'check-address.properties.test',
  'batches/batches.test',
  'slots-under-load.test',
  'provisioning/failures.test',
  'provisioning/users.test',
  'groups/large-groups.test',
];

/**
 * Starts the longest files first. Without measurements, as in a fresh clone, Jest sorts by file size, and would start the
 * stories last: theirs are a few lines each.
 */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const stories = first.flatMap((name) => sorted.filter(({ path }) => path.endsWith(`/${name}.js`)));
    return [...new Set([...stories, ...sorted])];
  }
}
