import './test-server.ts';
import { removeThrowawayDir } from './throwaway-dir.ts';

/** Jest's globalTeardown: the throwaway server and all that was in it are gone. */
export default async function stopServer(): Promise<void> {
  await globalThis.keycourierLedgerTemplate?.drop();
  const running = globalThis.keycourierTestServer;
  if (running === undefined) return;
  await running.server.stop();
  await removeThrowawayDir(running.dataDir);
}
