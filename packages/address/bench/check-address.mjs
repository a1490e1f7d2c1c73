/** Prints what loading the rules costs and how many addresses a second they judge. Build first, then run with `node`. */
const rssMb = () => Math.round(process.memoryUsage().rss / 1e6);
const before = { at: performance.now(), rssMb: rssMb() };
const { checkAddress } = await import('../dist/check-address.js');
const { addresses } = await import('../dist/addresses.table.js');
const { sourced } = await import('../dist/testing/sourced.js');
console.log(`load: ${Math.round(performance.now() - before.at)} ms, ${rssMb() - before.rssMb} MB of RSS`);

const profiles = addresses.map(([, given]) => sourced(given));
const rounds = 500;
const checkAll = () => profiles.forEach((profile) => checkAddress(profile, { isNewUser: false }));
for (let round = 0; round < 50; round += 1) checkAll();
const start = performance.now();
for (let round = 0; round < rounds; round += 1) checkAll();
const seconds = (performance.now() - start) / 1000;
console.log(`checkAddress: ${Math.round((rounds * profiles.length) / seconds)} calls a second`);
