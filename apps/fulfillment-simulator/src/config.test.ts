import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { readConfig } from './config.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fulfillment-simulator-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(content: string): Promise<string> {
  const path = join(directory, 'config.json');
  await writeFile(path, content);
  return path;
}

const acme = { name: 'acme', token: 'secret-token' };
const pinCopyKey = { kty: 'EC', crv: 'P-384', kid: 'pins', x: 'AAAA', y: 'AAAA' };

test('a config lists organizations, with a PIN-copy key or without', async () => {
  const config = {
    organizations: [
      { ...acme, pinCopyKey },
      { name: 'globex', token: 'other', pinCopyKey: { ...pinCopyKey, crv: 'P-256' } },
      { name: 'initech', token: 'third' },
    ],
    clockSpeed: 86_400,
  };
  expect(await readConfig(await write(JSON.stringify(config)))).toEqual(config);
});

test.each([
  ['no organization', { organizations: [] }],
  ['two with one token', { organizations: [acme, { ...acme, name: 'globex' }] }],
  ['two with one name', { organizations: [acme, { ...acme, token: 'other' }] }],
  ['a private PIN-copy key', { organizations: [{ ...acme, pinCopyKey: { ...pinCopyKey, d: 'secret-token' } }] }],
  ['a PIN-copy key on another curve', { organizations: [{ ...acme, pinCopyKey: { ...pinCopyKey, crv: 'P-521' } }] }],
  ['a field it does not know', { organizations: [acme], speed: 1 }],
])('a config with %s is refused with a message that contains no token', async (_what, config) => {
  const path = await write(JSON.stringify(config));
  await expect(readConfig(path)).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.not.stringContaining('secret-token'),
  });
});

test('a config that cannot be read is refused with a message that quotes nothing of it', async () => {
  await expect(readConfig(join(directory, 'absent.json'))).rejects.toMatchObject({ code: 'bad_config' });
  await expect(readConfig(await write('{"token": secret-token'))).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.not.stringContaining('secret-token'),
  });
});
