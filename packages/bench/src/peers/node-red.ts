import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run, untilAnswers, type Peer } from './peer.ts';

const flows = [
  { id: 'tab', type: 'tab', label: 'bench' },
  { id: 'in', type: 'http in', z: 'tab', url: '/hook', method: 'post', upload: false, wires: [['answer']] },
  { id: 'answer', type: 'http response', z: 'tab', statusCode: '204', headers: {}, wires: [] },
];

export const nodeRed: Peer = {
  name: 'Node-RED',
  packages: ['node-red@5.0.7'],
  setup:
    'One flow of two nodes: it answers an HTTP request with 204. Its editor is off, as its guide for production says. Nothing is stored: an event that was answered is lost where the process ends.',
  isDurable: false,
  node: 22,
  start: async (place) => {
    const port = await place.port();
    await writeFile(join(place.dir, 'flows.json'), JSON.stringify(flows));
    const settings = {
      flowFile: 'flows.json',
      httpAdminRoot: false,
      uiHost: '127.0.0.1',
      logging: { console: { level: 'warn' } },
    };
    await writeFile(join(place.dir, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
    const main = join(place.folder, 'node_modules', 'node-red', 'red.js');
    const args = ['-s', join(place.dir, 'settings.js'), '-u', place.dir, '-p', String(port)];
    run(place, [place.node, main, ...args], { name: 'node-red' });
    // A GET of the path is not found, which only a running server says.
    await untilAnswers(`http://127.0.0.1:${port}/hook`, (status) => status === 404 || status === 405);
    return `http://127.0.0.1:${port}/hook`;
  },
};
