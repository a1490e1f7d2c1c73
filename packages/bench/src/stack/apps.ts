import { startModule, type ModuleOptions, type RunningModule } from '../measure/module.ts';
import type { Files } from './files.ts';

export type AppName = 'receiver' | 'api' | 'worker' | 'scim' | 'console';

/** The heaps, and the arenas of malloc, that docker-compose.yml and npm start give them. */
const execArgv: Partial<Record<AppName, readonly string[]>> = {
  receiver: ['--max-old-space-size=96', '--max-semi-space-size=4', '--no-memory-reducer'],
  api: ['--max-old-space-size=128', '--heap-growing-percent=100', '--no-memory-reducer'],
  scim: ['--max-semi-space-size=32', '--no-memory-reducer'],
  worker: ['--max-old-space-size=256', '--heap-growing-percent=100', '--no-memory-reducer'],
  console: ['--max-old-space-size=192', '--max-semi-space-size=4', '--no-memory-reducer'],
};

const arenas: Partial<Record<AppName, string>> = { receiver: '2' };

/** Starts the real main.js of an app, as in production but on free ports of loopback. */
export function startApp(
  app: AppName,
  { files, databaseUrl, redisUrl }: { files: Files; databaseUrl: string; redisUrl?: string | undefined },
  options: ModuleOptions & { name?: string } = {},
): Promise<RunningModule> {
  return startModule(new URL(`../../../../apps/${app}/dist/main.js`, import.meta.url), {
    ...options,
    execArgv: [...(execArgv[app] ?? []), ...(options.execArgv ?? [])],
    logFile: files.log(options.name ?? app),
    environment: {
      KEYCOURIER_MODE: 'local',
      KEYCOURIER_DATA_DIR: files.dir,
      KEYCOURIER_CONFIG: files.config,
      SEALING_KEYS_FILE: files.sealing,
      PIN_COPY_KEY_FILE: files.pinCopy,
      DATABASE_URL: databaseUrl,
      ...(app === 'worker' || app === 'console' ? { REDIS_URL: redisUrl } : {}),
      HOST: '127.0.0.1',
      METRICS_PORT: '0',
      RECEIVER_PORT: '0',
      API_PORT: '0',
      SCIM_PORT: '0',
      CONSOLE_PORT: '0',
      LOG_LEVEL: 'info',
      MALLOC_ARENA_MAX: arenas[app],
      ...options.environment,
    },
  });
}
