import { z } from 'zod';

import { BenchError } from '../errors.ts';

const message = z.looseObject({ id: z.int(), request: z.unknown() });

/** The other end of startModule(): reports that this process is ready, and answers what its parent asks until it leaves. */
export function answerRequests(url: string | null, answer: (request: unknown) => Promise<unknown>): void {
  if (process.send === undefined) throw new BenchError('this module is started by the bench');
  process.on('message', (received) => {
    const { id, request } = message.parse(received);
    answer(request).then(
      (answered) => process.send?.({ replyTo: id, answer: answered }),
      (error: unknown) => process.send?.({ replyTo: id, error: String(error) }),
    );
  });
  process.once('disconnect', () => process.exit());
  process.send({ ready: true, url });
}
