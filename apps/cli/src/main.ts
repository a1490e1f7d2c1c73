import { runCli } from './program.ts';
import { createTerminal } from './terminal.ts';

// The reader of a pipe may stop early, as `| head` does; the command still finishes.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

const terminal = createTerminal(process, process.env);
process.exitCode = await runCli(process.argv.slice(2), { terminal, environment: process.env });
