import { ProcessError } from './errors.ts';

/** What to listen on, and the variable that sets the port. */
export interface ListenAddress {
  host: string;
  port: number;
  variable?: string | undefined;
}

/** The error for a port that cannot be listened on, with what to set instead. */
export function portProblem(cause: unknown, { host, port, variable }: ListenAddress): ProcessError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const toSet = variable === undefined ? '' : `: set ${variable} to another (0 means any free one)`;
  if (code === 'EADDRINUSE')
    return new ProcessError('start_failed', `Port ${port} on ${host} is taken${toSet}`, { cause });
  if (code === 'EACCES')
    return new ProcessError('start_failed', `Port ${port} needs a permission that this user lacks${toSet}`, { cause });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ProcessError('start_failed', `${host} is no address of this machine: set the host to one of its own`, {
      cause,
    });
  return new ProcessError('start_failed', `Cannot listen on ${host}:${port}${toSet}`, { cause });
}
