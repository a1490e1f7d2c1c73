/**
 * One flood, in a process of its own, so that making it delays no measured answer: started by flood.mjs with what to
 * send. Who floods has a machine of their own: this process takes only the processor time that is left. Reports that it is
 * ready, floods from the next message on, and reports the answers and the CPU time it took.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { constants, setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';

import { floods } from './flood-requests.mjs';

setPriority(constants.priority.PRIORITY_LOW);
// Linux divides the processors among sessions first, and this process has one of its own.
await writeFile('/proc/self/autogroup', '19').catch(() => undefined);

const [{ name, seconds, from }] = await once(process, 'message');
const { clients, prepare } = floods[name];
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const send = prepare(from);
process.send('ready');
await once(process, 'message');

const cpu = process.cpuUsage();
const endsAt = performance.now() + seconds * 1_000;
const statuses = {};
await Promise.race([Promise.all(Array.from({ length: clients }, flood)), setTimeout(seconds * 1_000)]);
const { user, system } = process.cpuUsage(cpu);
process.send({ statuses, cpuShare: (user + system) / 1e6 / seconds }, () => process.exit());

async function flood() {
  while (performance.now() < endsAt) {
    const status = await send(agent);
    statuses[status] = (statuses[status] ?? 0) + 1;
    await setTimeout(20);
  }
}
