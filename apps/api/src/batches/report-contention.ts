import type { FileContention } from '@keycourier/runtime/contention';

import type { ToThread } from './batch-thread-messages.ts';
import type { WaitingBatches } from './waiting-batches.ts';

/** A change of who has work is reported to the thread within this time. */
const everyMs = 100;

interface Options {
  waiting: Pick<WaitingBatches, 'tenants'>;
  contention: Pick<FileContention, 'isContended'>;
  post: (message: ToThread) => void;
}

/** Reports to the thread, while it has batches, beside which tenant's batches others have work. */
export function reportContention({ waiting, contention, post }: Options) {
  let reported = '';
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    timer ??= setInterval(report, everyMs).unref();
    const tenants = [...waiting.tenants()].filter(contention.isContended);
    if (tenants.join() === reported) return;
    reported = tenants.join();
    post({ kind: 'contended', tenants });
  };
  return {
    report,
    stopUnlessNeeded: (): void => {
      if (waiting.tenants().size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
