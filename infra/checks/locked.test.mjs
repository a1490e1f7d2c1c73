import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { checkCompose, checkDockerfile, checkLockfile } from './locked-rules.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(`${root}${path}`, 'utf8');
const digest = `sha256:${'0a'.repeat(32)}`;

test('every package is locked by its hash, from no registry in particular', () => {
  assert.deepEqual(checkLockfile(JSON.parse(read('package-lock.json'))), []);
});

test('an entry without a hash, one with a registry and a root without a version are found', () => {
  const problems = checkLockfile({
    packages: {
      '': {},
      'node_modules/one': { version: '1.0.0' },
      'apps/api/node_modules/two': { version: '2.0.0', integrity: 'sha512-aa==', resolved: 'https://registry.example' },
      'node_modules/@keycourier/api': { resolved: 'apps/api', link: true },
      'apps/api': { version: '0.1.0' },
    },
  });
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? '', /root/);
  assert.match(problems[1] ?? '', /node_modules\/one 1\.0\.0 has no integrity/);
  assert.match(problems[2] ?? '', /two names the registry/);
});

test('the images are built from nothing that is not locked', () => {
  assert.deepEqual(checkDockerfile('infra/Dockerfile', read('infra/Dockerfile')), []);
});

test('unlocked downloads of a Dockerfile are found', () => {
  const unlocked = [
    '# syntax=docker/dockerfile:1',
    'FROM node:24-trixie-slim AS base',
    'FROM node:latest',
    'COPY --from=busybox:1 /bin/sh /bin/sh',
    'RUN npx --yes turbo prune',
    'RUN npm install -g npm@latest',
    'RUN apt-get install -y curl',
    'RUN wget example.org/tool',
    'ADD https://example.org/tool /tool',
  ];
  for (const line of unlocked) assert.equal(checkDockerfile('Dockerfile', line).length, 1, line);
  const locked = ['ARG IMAGE=node:24@' + digest, 'FROM ${IMAGE} AS base', 'FROM base AS app', 'RUN npm ci', '# no npx'];
  assert.deepEqual(checkDockerfile('Dockerfile', locked.join('\n')), []);
});

test('the services run images by their digests, and none dumps core', () => {
  assert.deepEqual(checkCompose('docker-compose.yml', parse(read('docker-compose.yml'), { merge: true })), []);
});

test('a service by its tag alone, and one that may dump core, are found', () => {
  const services = {
    own: { image: 'own', build: {}, ulimits: { core: 0 } },
    again: { image: 'own', ulimits: { core: 0 } },
    tagged: { image: 'redis:8', ulimits: { core: 0 } },
    dumping: { image: `redis:8@${digest}` },
  };
  assert.deepEqual(checkCompose('c', { services }), [
    'c: tagged: the image redis:8 has no digest',
    'c: dumping may dump core (ulimits.core is not 0)',
  ]);
});

for (const format of ['cyclonedx', 'spdx'])
  test(`npm sbom describes this version of keycourier (${format})`, () => {
    const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), maxBuffer: 64 * 1_024 * 1_024 };
    const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', format], options);
    const { version } = JSON.parse(read('package.json'));
    assert.match(text, new RegExp(`pkg:npm/keycourier@${version.replaceAll('.', '\\.')}"`));
    assert.match(text, /pkg:npm\/%40keycourier\/worker@/);
    assert.doesNotMatch(text, /@undefined/);
  });
