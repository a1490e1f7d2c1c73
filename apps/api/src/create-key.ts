import { createKeyCommand } from './keys/create-key-command.ts';

try {
  // The one place where this command reads its environment.
  // oxlint-disable-next-line node/no-process-env
  const { id, key } = await createKeyCommand(process.argv.slice(2), process.env);
  // On standard output there is the key and nothing else, so that it can go straight to where secrets are kept.
  process.stdout.write(`${key}\n`);
  process.stderr.write(`The key ${id} was made. It is shown this once.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'No key was made.'}\n`);
  process.exitCode = 1;
}
