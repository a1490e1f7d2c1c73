import { removeServerDir } from './leftovers.ts';
import './test-server.ts';

/** Jest's globalTeardown: the throwaway server and all that was in it are gone. */
export default async function stopServer(): Promise<void> {
  await globalThis.keycourierLedgerTemplate?.drop();
  const running = globalThis.keycourierTestServer;
  if (running === undefined) return;
  await running.server.stop();
  await removeServerDir(running.dataDir);
}
