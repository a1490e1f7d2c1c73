import type { Logger } from '@keycourier/runtime/logger';

import type { Child } from './child.ts';
import { appNames, type AppName } from './settings.ts';
import type { Stack } from './stack.ts';

const maxRestarts = 5;

/** Restarts an app that ends unexpectedly, as a container platform does; stops the stack after five restarts of one app. */
export function superviseApps(stack: Stack, log: Logger): { end: () => void } {
  let ended = false;
  const watch = (app: AppName, child: Child | undefined, restarts: number): void => {
    void child?.ended
      .then(async (code) => {
        if (ended) return;
        log.error({ app, code }, 'an app ended unexpectedly; see its log in the data directory');
        if (restarts >= maxRestarts) {
          console.error(`keycourier: ${app} keeps exiting; see ${stack.dataDir}/logs/${app}.log`);
          process.kill(process.pid, 'SIGTERM');
          return;
        }
        watch(app, await stack.restart(app), restarts + 1);
      })
      .catch((error: unknown) => log.error({ err: error, app }, 'an app could not be restarted'));
  };
  for (const app of appNames) watch(app, stack.children.get(app), 0);
  return {
    end: () => {
      ended = true;
    },
  };
}
