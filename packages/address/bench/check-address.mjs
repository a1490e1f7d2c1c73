/** Prints what loading the rules costs and how many addresses they check in a second. Build first, then run with `node`. */
const rssMb = () => Math.round(process.memoryUsage().rss / 1e6);
const before = { at: performance.now(), rssMb: rssMb() };
const { checkAddress } = await import('../dist/check-address.js');
const { addresses } = await import('../dist/testing/addresses.js');
const { sourced } = await import('../dist/testing/sourced.js');
console.log(`load: ${Math.round(performance.now() - before.at)} ms, ${rssMb() - before.rssMb} MB of RSS`);

const about = { isNewUser: false, enabledCountries: null };
const checkAll = (profiles) => profiles.forEach((profile) => checkAddress(profile, about));
for (const outcome of ['ships', 'held']) {
  const profiles = addresses
    .filter(([, , verdict]) => verdict.outcome === outcome)
    .map(([, values]) => sourced(values));
  for (let round = 0; round < 20; round += 1) checkAll(profiles);
  const rounds = 100;
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) checkAll(profiles);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${outcome}: ${Math.round((rounds * profiles.length) / seconds)} calls a second`);
}
