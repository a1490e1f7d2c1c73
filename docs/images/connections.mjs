import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { PicturesError } from './errors.mjs';

const keycourier = fileURLToPath(new URL('../../apps/cli/bin/keycourier.mjs', import.meta.url));

/** Provisions people and a group as Okta does, with one refusal, by the connection that is ready for use. */
export async function provisionPeople(local) {
  const scim = async (method, path, body, ...expected) => {
    const response = await fetch(`${local.scim}${path}`, {
      method,
      headers: { authorization: `Bearer ${local.scimToken}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!expected.includes(response.status)) throw new PicturesError(`${method} ${path} answered ${response.status}`);
    return response.status === 204 ? null : response.json();
  };
  const ids = [];
  for (const name of ['Nora Hale', 'Ada Lindqvist', 'Bruno Okafor', 'Chiara Novak']) {
    const user = await scim('POST', '/Users', userOf(name), 201);
    ids.push(user.id);
  }
  const members = ids.map((value) => ({ value }));
  await scim('POST', '/Groups', { schemas: [groupUrn], displayName: 'Engineering', members }, 201);
  const taken = { schemas: [patchUrn], Operations: [{ op: 'replace', value: { userName: 'ada@acme.example' } }] };
  await scim('PATCH', `/Users/${ids[0]}`, taken, 409);
  await scim('GET', '/Users?startIndex=1&count=100', undefined, 200);
  const id = local.scim.split('/').at(-1);
  await outputOf(local, 'connections', 'update', id, '--name', 'Okta');
  return id;
}

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

function userOf(name) {
  const [givenName, familyName] = name.split(' ');
  const userName = `${givenName.toLowerCase()}@acme.example`;
  return {
    schemas: [userUrn],
    userName,
    name: { givenName, familyName },
    emails: [{ primary: true, type: 'work', value: userName }],
    addresses: [{ primary: true, type: 'work', streetAddress: '12 Harbor Street', locality: 'Portland', country: 'US' }],
    active: true,
  };
}

/** What a command prints that calls the API of a running product. */
export async function outputOf(local, ...argv) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TZ: 'UTC', KEYCOURIER_URL: local.api, KEYCOURIER_API_KEY: local.apiKey };
  const child = spawn(process.execPath, [keycourier, ...argv], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new PicturesError(`keycourier ${argv.join(' ')} ended with code ${code}`);
  return Buffer.concat(chunks).toString('utf8');
}
