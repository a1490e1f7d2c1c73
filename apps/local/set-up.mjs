// Makes a clone ready to run: installs the packages and builds, each only where something has changed.
// It runs before anything is installed, so it is plain JavaScript and uses nothing but Node.
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
  // Another set-up may have done the work while this one waited for its turn.
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
    `keycourier needs Node.js ${needed} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current one from https://nodejs.org and try again.',
  );
}

function packagesAreFresh() {
  if (!existsSync(npmRecord)) return false;
  const [installedFor, lock] = read(installMarker).split(' ');
  if (installedFor === platform && lock === hashOf(read(packageLock))) return true;
  // Whoever ran npm by hand left no marker: npm's own record tells what is there.
  if ((installedFor !== '' && installedFor !== platform) || !installedMatchesLock()) return false;
  markInstalled();
  return true;
}

async function installPackages() {
  say('installing packages; the first time takes about a minute');
  rmSync(installMarker, { force: true });
  // The user's npm settings may leave out what the build needs, or refuse engines that were never a problem.
  const settings = ['--no-audit', '--no-fund', '--include=dev', '--include=optional', '--no-engine-strict'];
  let attempt = await npm(['ci', ...settings]);
  // Versions of npm differ about the platforms that a lockfile must list.
  if (attempt.output.includes('EUSAGE') && attempt.output.includes('in sync')) {
    say('this npm wants more in package-lock.json than is there; installing what is there');
    attempt = await npm(['install', '--no-save', ...settings]);
  }
  if (!attempt.ok) fail(attempt.output, 'The packages could not be installed: see above for what npm says.');
  markInstalled();
}

function markInstalled() {
  writeFileSync(installMarker, `${platform} ${hashOf(read(packageLock))}`);
}

function installedMatchesLock() {
  const wanted = JSON.parse(read(packageLock) || '{"packages":{}}').packages;
  const installed = JSON.parse(read(npmRecord)).packages;
  const same = (name) =>
    installed[name] === undefined
      ? wanted[name].optional === true || wanted[name].devOptional === true || wanted[name].peer === true
      : installed[name].version === wanted[name].version && installed[name].integrity === wanted[name].integrity;
  return (
    Object.keys(wanted).every((name) => name === '' || same(name)) &&
    Object.keys(installed).every((name) => wanted[name] !== undefined)
  );
}

function buildIsFresh() {
  return read(buildMarker) === `${fingerprintOfSources()} ${fingerprintOfOutputs()}`;
}

async function build() {
  say('building');
  rmSync(buildMarker, { force: true });
  // Taken first: what changes while the build runs is for the next one.
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

/** By size and time, not by content: enough to see that one is gone or was written by somebody else. */
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
  // Should this process be killed, its child works on for a moment: the lock holds as long as either lives.
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

/** Two commands started at once on a fresh clone must not install into the same folder. */
function takeLock() {
  mkdirSync(join(root, '.turbo'), { recursive: true });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${lockFile} cannot be made: ${error.message}`);
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
