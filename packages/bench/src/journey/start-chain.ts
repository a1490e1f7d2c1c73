import { startModule, type RunningModule } from '../measure/module.ts';
import type { CleanUps } from '../stack/scratch.ts';
import type { Stack } from '../stack/stack.ts';

/** Starts the no-op chain, in a database of its own on the same server, and on Redis in another database of the same. */
export async function startChain(stack: Stack, cleanUps: CleanUps): Promise<RunningModule> {
  await stack.postgres.createDatabase('chains');
  const chain = await startModule(new URL('./chain.js', import.meta.url), {
    logFile: stack.files.log('chain'),
    environment: {
      DATABASE_URL: stack.postgres.url('chains'),
      ...(stack.redis === null ? {} : { REDIS_URL: `${stack.redis.url}/1` }),
    },
  });
  cleanUps.add(chain.kill);
  return chain;
}
