import progress from 'cli-progress';

import type { Terminal } from '../terminal.ts';

export interface Progress {
  update: (value: number, what: string) => void;
  end: () => void;
}

/** A bar for whoever watches; nothing at all in a script, and nothing left of it when it ends. */
export function showProgress(
  terminal: Terminal,
  { what, total, unit }: { what: string; total: number; unit: 'bytes' | 'shipments' },
): Progress {
  if (!terminal.isWatched) return { update: () => undefined, end: () => undefined };
  const { paint } = terminal;
  const bar = new progress.SingleBar({
    stream: terminal.errorStream,
    clearOnComplete: true,
    hideCursor: true,
    format: (options, params, payload: { what?: string }) => {
      const { BarFormat } = progress.Format;
      const share = params.total === 0 ? 1 : params.value / params.total;
      const count =
        unit === 'bytes'
          ? `${megabytes(params.value)} of ${megabytes(params.total)} MB`
          : `${params.value} of ${params.total}`;
      return `${paint.cyan(BarFormat(share, options))} ${Math.floor(share * 100)} %  ${count}  ${payload.what ?? ''}`;
    },
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    etaBuffer: 10,
  });
  bar.start(total, 0, { what });
  return { update: (value, now) => bar.update(value, { what: now }), end: () => bar.stop() };
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
