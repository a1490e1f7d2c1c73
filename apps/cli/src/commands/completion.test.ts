import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { run } from '../testing/run.ts';

const runBash = promisify(execFile);

let script: string;
beforeAll(async () => {
  script = (await run(['completion', 'bash'])).out;
});

/** What bash itself offers after these words; the last one is being typed. */
async function complete(...words: string[]): Promise<string[]> {
  const quoted = ['keycourier', ...words].map((word) => `'${word}'`).join(' ');
  const tried = `${script}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _keycourier; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await runBash('bash', ['--norc', '-c', tried]);
  return stdout.split('\n').filter((word) => word !== '');
}

describe('in bash', () => {
  test('the commands are offered, by what is typed of them', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['ship', 'batch', 'audit', 'completion', 'doctor']));
    expect(await complete('conn')).toEqual(['connections']);
  });

  test('the subcommands and options of a command are offered, with those of all commands', async () => {
    expect(await complete('audit', '')).toEqual(expect.arrayContaining(['list', 'export', 'verify']));
    expect(await complete('audit', 'verify', '--')).toEqual(expect.arrayContaining(['--anchor', '--json', '--url']));
    expect(await complete('audit', 'list', '--anc')).toEqual([]);
  });

  test('the values of an option and of an argument are offered where they are known', async () => {
    expect(await complete('events', '--outcome', 'a')).toEqual(['accepted']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('another value is left to the shell, and is no command', async () => {
    expect(await complete('batch', '--result', '')).toEqual([]);
    expect(await complete('--key', 'audit', 'ver')).toEqual([]);
    expect(await complete('--key', 'batch', 'audit', 'ver')).toEqual(['verify']);
  });

  test('the script is registered for the command, and bash finds no fault in it', async () => {
    const { stdout, stderr } = await runBash('bash', ['--norc', '-c', `${script}\ncomplete -p keycourier`]);
    expect(stdout).toBe('complete -o default -F _keycourier keycourier\n');
    expect(stderr).toBe('');
  });
});

test('for zsh, the script of bash runs on zsh’s own emulation', async () => {
  const { out } = await run(['completion', 'zsh']);
  expect(out).toMatch(/^autoload -Uz compinit bashcompinit && compinit && bashcompinit\n/);
  expect(out).toContain('complete -o default -F _keycourier keycourier');
});

test('for fish, each command and option is declared with its description', async () => {
  const { out } = await run(['completion', 'fish']);
  expect(out).toContain(`complete -c keycourier -f -n '__keycourier_at '\\''audit'\\''' -a 'verify'`);
  expect(out).toMatch(/-l outcome -x -a 'received accepted ignored set_aside duplicate'/);
});

test('another shell is a usage error that names those that are known', async () => {
  const { code, err } = await run(['completion', 'powershell']);
  expect(code).toBe(2);
  expect(err).toMatch(/bash, zsh, fish/);
});
