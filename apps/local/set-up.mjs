// Prepares a clone: installs the packages and builds, each only if something has changed.
// It runs before packages are installed, so it is plain JavaScript and uses only Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const installMarker = join(root, 'node_modules', '.keycourier-lock');
const buildMarker = join(root, 'node_modules', '.keycourier-build');
const npmRecord = join(root, 'node_modules', '.package-lock.json');
const packageLock = join(root, 'package-lock.json');
const platform = `${process.platform}-${process.arch}`;
const lockFile = join(root, '.turbo', 'set-up.lock');
const lockIsStaleAfterMs = 15 * 60_000;

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const say = (text) => console.log(`keycourier: ${text}`);
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

checkNode();
if (!packagesAreFresh() || !buildIsFresh()) {
  takeLock();
  process.on('exit', () => rmSync(lockFile, { force: true }));
  // Another set-up may have done the work while this one waited for the lock.
  if (!packagesAreFresh()) await installPackages();
  if (!buildIsFresh()) await build();
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const needed = /\d+\.\d+/.exec(engines.node)[0];
  const [neededMajor, neededMinor] = needed.split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  fail(
    `keycourier needs Node.js ${needed} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current version from https://nodejs.org and try again.',
  );
}

function packagesAreFresh() {
  if (!existsSync(npmRecord)) return false;
  const [installedFor, lock] = read(installMarker).split(' ');
  if (installedFor === platform && lock === hashOf(read(packageLock))) return true;
  // After `npm ci` by hand there is no marker, but npm's own record lists what is installed.
  if ((installedFor !== '' && installedFor !== platform) || !installedMatchesLock()) return false;
  markInstalled();
  return true;
}

async function installPackages() {
  say('installing packages; the first time takes about a minute');
  rmSync(installMarker, { force: true });
  // The user's npm settings may omit packages that the build needs, or refuse engines that work.
  const settings = ['--no-audit', '--no-fund', '--include=dev', '--include=optional', '--no-engine-strict'];
  let attempt = await npm(['ci', ...settings]);
  // Versions of npm disagree about the platforms that a lockfile must list.
  if (attempt.output.includes('EUSAGE') && attempt.output.includes('in sync')) {
    say('this version of npm expects more entries in package-lock.json; installing the existing ones');
    attempt = await npm(['install', '--no-save', ...settings]);
  }
  if (!attempt.ok) fail(attempt.output, 'The packages could not be installed: see the output of npm above.');
  markInstalled();
}

function markInstalled() {
  writeFileSync(installMarker, `${platform} ${hashOf(read(packageLock))}`);
}

function installedMatchesLock() {
  const locked = JSON.parse(read(packageLock) || '{"packages":{}}').packages;
  const installed = JSON.parse(read(npmRecord)).packages;
  const same = (name) =>
    installed[name] === undefined
      ? locked[name].optional === true || locked[name].devOptional === true || locked[name].peer === true
      : installed[name].version === locked[name].version && installed[name].integrity === locked[name].integrity;
  return (
    Object.keys(locked).every((name) => name === '' || same(name)) &&
    Object.keys(installed).every((name) => locked[name] !== undefined)
  );
}

function buildIsFresh() {
  return read(buildMarker) === `${fingerprintOfSources()} ${fingerprintOfOutputs()}`;
}

async function build() {
  say('building');
  rmSync(buildMarker, { force: true });
  // Computed first: files that change during the build are for the next one.
  const sources = fingerprintOfSources();
  const turbo = 'node_modules/turbo/bin/turbo run build --output-logs=errors-only --ui=stream';
  const { ok, output } = await run(process.execPath, turbo.split(' '));
  if (!ok) fail(output, 'The build failed: see above.');
  writeFileSync(buildMarker, `${sources} ${fingerprintOfOutputs()}`);
}

function fingerprintOfSources() {
  const common = ['package.json', 'package-lock.json', 'tsconfig.json', 'turbo.json'];
  const own = workspaces().flatMap((folder) => [
    join(folder, 'package.json'),
    join(folder, 'tsconfig.json'),
    ...filesBelow(join(folder, 'src')),
  ]);
  return hashOf([...common, ...own].map((path) => `${path}\0${read(join(root, path))}\0`).join(''));
}

/** By size and time, not by content: enough to notice a file that is missing or was written by another build. */
function fingerprintOfOutputs() {
  const outputs = workspaces().flatMap((folder) => filesBelow(join(folder, 'dist')));
  const stamp = ({ size, mtimeMs }) => `${size} ${mtimeMs}`;
  return hashOf(outputs.map((path) => `${path}\0${stamp(statSync(join(root, path)))}\0`).join(''));
}

function workspaces() {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .sort()
      .map((name) => join(parent, name)),
  );
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function npm(args) {
  const cli = process.env.npm_execpath ?? '';
  if (/npm-cli\.c?js$/.test(cli)) return run(process.execPath, [cli, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}

async function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  // If this process is killed, its child continues for a moment, so the lock names both.
  writeFileSync(lockFile, `${process.pid} ${child.pid ?? ''}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => {
      output.push(Buffer.from(error.message));
      resolve({ status: 1, signal: null });
    });
    child.once('close', (status, signal) => resolve({ status, signal }));
  });
  if (ended.signal !== null) process.exit(130);
  return { ok: ended.status === 0, output: Buffer.concat(output).toString('utf8') };
}

/** Two commands that start at once in a fresh clone must not install into the same folder. */
function takeLock() {
  mkdirSync(join(root, '.turbo'), { recursive: true });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${lockFile} cannot be created: ${error.message}`);
    }
    if (lockIsStale()) {
      rmSync(lockFile, { force: true });
      continue;
    }
    if (!waiting) say('waiting for another set-up of this clone');
    Atomics.wait(pause, 0, 0, 200);
  }
}

function lockIsStale() {
  const age = Date.now() - (statSync(lockFile, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > lockIsStaleAfterMs) return true;
  const holders = read(lockFile).split(' ').filter(Boolean).map(Number);
  return holders.length > 0 && !holders.some((pid) => pid !== process.pid && isAlive(pid));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

function fail(...lines) {
  console.error(lines.join('\n'));
  process.exit(1);
}
