/**
 * Makes the README's pictures from the running product: `npm run pictures`. It starts the product beside any other, in
 * a temporary data directory and on free ports, and needs Chromium at /usr/bin/chromium, or where CHROMIUM says.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { outputOf, provisionPeople } from './connections.mjs';
import { palettePng } from './palette-png.mjs';
import { runDemo, startProduct } from './product.mjs';
import { makeShipments, pinMailOf, suggestedShipmentOf } from './shipments.mjs';
import { terminalSvg } from './terminal-svg.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

if (!existsSync(executablePath)) {
  console.error(
    `There is no Chromium at ${executablePath}. Install it (Debian: apt-get install chromium) or set CHROMIUM.`,
  );
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const folder = await mkdtemp(join(tmpdir(), 'keycourier-pictures-'));
try {
  await save('demo.svg', await pictureOfDemo());
  const product = await startProduct(join(folder, 'start'));
  try {
    await makeShipments(product.local);
    const connection = await provisionPeople(product.local);
    await save('scim-create.svg', await pictureOfCreation(product.local));
    await save('scim-people.svg', await pictureOfCommand(product.local, ['people', 'list']));
    await save('scim-connection.svg', await pictureOfCommand(product.local, ['connections', 'show', connection]));
    await picturesOfPages(product.local, connection);
  } finally {
    await product.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function pictureOfDemo() {
  const output = await runDemo(join(folder, 'demo'));
  return terminalSvg({ title: 'npm run demo', command: 'npm run demo', output, maxLines: 31 });
}

/** The token goes to a file, as it should: no picture has one. */
async function pictureOfCreation(local) {
  const file = 'entra.token';
  const command = ['connections', 'create', 'Entra', '--file'];
  const output = await outputOf(local, ...command, join(folder, file));
  const text = output.replaceAll(join(folder, file), file);
  const full = ['keycourier', ...command, file].join(' ');
  return terminalSvg({ title: 'keycourier connections create', command: full, output: text, maxLines: 40 });
}

async function pictureOfCommand(local, argv) {
  const command = ['keycourier', ...argv].join(' ');
  return terminalSvg({ title: command, command, output: await outputOf(local, ...argv), maxLines: 40 });
}

async function picturesOfPages(local, connection) {
  // Chromium draws the frame that holds a mail at the device's own scale, not at the page's.
  const args = ['--force-device-scale-factor=2', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const viewport = { width: 1200, height: 600 };
    const page = await browser.newPage({ viewport, deviceScaleFactor: 2, locale: 'en-US', timezoneId: 'UTC' });
    const capture = async (name, size) => {
      await page.setViewportSize(size);
      await page.waitForLoadState('networkidle');
      await save(name, palettePng(await page.screenshot()));
    };
    await signIn(page, local);
    await untilDaysAreCounted(page);
    await capture('console.png', { ...viewport, height: 1_000 });
    const held = `${local.console}/t/acme/shipments/${await suggestedShipmentOf(local)}`;
    await page.goto(held);
    await capture('console-shipment.png', { ...viewport, height: 860 });
    await page.goto(`${held}/address`);
    await capture('console-address.png', { ...viewport, height: 700 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${local.console}/t/acme/shipments`);
    await capture('console-phone.png', { width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${local.console}/t/acme/connections/${connection}`);
    await capture('scim-connection.png', { ...viewport, height: 1040 });
    await page.goto(await urlOfHeldJob(page, local.console));
    await page.getByText('Progress', { exact: true }).click();
    await capture('bull-board.png', { width: 1440, height: 640 });
    await page.goto(`${local.inbox}/mail/${(await pinMailOf(local)).id}`);
    await capture('pin-mail.png', { ...viewport, height: 905 });
    await page.goto(`${local.api}/docs#/shipments/requestShipment`);
    await page.locator('.opblock-body').first().waitFor();
    await capture('docs.png', { ...viewport, height: 660 });
  } finally {
    await browser.close();
  }
}

/** By the types of the fields alone: the texts around them may change. */
async function signIn(page, local) {
  await page.goto(local.console);
  await page.locator('form input:not([type=hidden]):not([type=password])').fill(local.operator.user);
  await page.locator('form input[type=password]').fill(local.operator.password);
  await page.locator('form button[type=submit]').click();
  await page.locator('input[type=password]').waitFor({ state: 'detached' });
}

/** What happened is counted by day within a minute or so: before that the chart is empty. */
async function untilDaysAreCounted(page) {
  const end = Date.now() + 120_000;
  while (Date.now() < end && (await page.getByText('none in these days').count()) > 0) {
    await setTimeout(2_000);
    await page.reload();
  }
}

/** The job of a held shipment has completed, with a result that says so. */
async function urlOfHeldJob(page, consoleUrl) {
  const answer = await page.request.get(`${consoleUrl}/queues/api/queues?activeQueue=shipments&status=completed`);
  const { queues } = await answer.json();
  const held = queues.flatMap(({ jobs }) => jobs).find(({ returnValue }) => returnValue?.outcome === 'held');
  return `${consoleUrl}/queues/queue/shipments/${held.id}?status=completed`;
}

async function save(name, content) {
  await writeFile(join(here, name), content);
  console.log(`${name.padEnd(16)} ${Math.ceil(content.length / 1024)} kB`);
}
