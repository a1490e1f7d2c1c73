import type { Logger } from '@keycourier/runtime/logger';

import type { Child } from './child.ts';
import type { Stack } from './stack.ts';

const app = ['receiver', 'api', 'worker', 'console'] as const;
const maxRestarts = 5;

/** Starts an app again when it ends by itself, as a container platform would, but gives up on one that keeps ending. */
export function superviseApps(stack: Stack, log: Logger): { end: () => void } {
  let ended = false;
  const watch = (name: (typeof app)[number], child: Child | undefined, restarts: number): void => {
    void child?.ended
      .then(async (code) => {
        if (ended) return;
        log.error({ app: name, code }, 'ended by itself; its log is in the data dir');
        if (restarts >= maxRestarts) {
          console.error(`keycourier: ${name} keeps ending; see ${stack.dataDir}/logs/${name}.log`);
          process.kill(process.pid, 'SIGTERM');
          return;
        }
        watch(name, await stack.restart(name), restarts + 1);
      })
      .catch((error: unknown) => log.error({ err: error, app: name }, 'could not be started again'));
  };
  for (const name of app) watch(name, stack.children.get(name), 0);
  return {
    end: () => {
      ended = true;
    },
  };
}
