import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

// Whoever reads may stop, as `| head` does: what was begun is brought to its end all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const terminal = openTerminal(process, process.env);
process.exitCode = await runCli(process.argv.slice(2), { terminal, environment: process.env });
