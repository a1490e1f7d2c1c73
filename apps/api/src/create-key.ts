import { createKeyCommand } from './keys/create-key-command.ts';

try {
  // The only place where this command reads its environment.
  // oxlint-disable-next-line node/no-process-env
  const { id, key } = await createKeyCommand(process.argv.slice(2), process.env);
  // Standard output holds only the key, so that it can be piped into a secret store.
  process.stdout.write(`${key}\n`);
  process.stderr.write(`API key ${id} created. It is printed only this once.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'No key was created.'}\n`);
  process.exitCode = 1;
}
