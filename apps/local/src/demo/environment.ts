import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const ports = [
  'RECEIVER_PORT',
  'API_PORT',
  'CONSOLE_PORT',
  'SCIM_PORT',
  'OKTA_SIMULATOR_PORT',
  'FULFILLMENT_SIMULATOR_PORT',
  'SMTP_PORT',
  'INBOX_PORT',
];

/**
 * The demo runs beside `npm start`: it has a data dir of its own and free ports, except where variables name others. Its jobs
 * are in its own database, never on a Redis that another stack's workers read.
 */
export function demoEnvironment(environment: Environment): Environment {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' && name !== 'REDIS_URL'),
  );
  const free = Object.fromEntries(ports.map((name) => [name, '0']));
  return { KEYCOURIER_DATA_DIR: join('.keycourier', 'demo'), ...free, ...set };
}
