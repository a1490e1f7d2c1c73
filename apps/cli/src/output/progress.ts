import progress from 'cli-progress';

import type { Terminal } from '../terminal.ts';

export interface Progress {
  update: (value: number, label: string) => void;
  end: () => void;
}

/** A progress bar on a terminal, erased at the end; nothing in a script. */
export function showProgress(
  terminal: Terminal,
  { label, total, unit }: { label: string; total: number; unit: 'bytes' | 'shipments' },
): Progress {
  if (!terminal.isInteractive) return { update: () => undefined, end: () => undefined };
  const { paint } = terminal;
  const bar = new progress.SingleBar({
    stream: terminal.errorStream,
    clearOnComplete: true,
    hideCursor: true,
    format: (options, params, payload: { label?: string }) => {
      const { BarFormat } = progress.Format;
      const share = params.total === 0 ? 1 : params.value / params.total;
      const count =
        unit === 'bytes'
          ? `${megabytes(params.value)} of ${megabytes(params.total)} MB`
          : `${params.value} of ${params.total}`;
      return `${paint.cyan(BarFormat(share, options))} ${Math.floor(share * 100)} %  ${count}  ${payload.label ?? ''}`;
    },
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    etaBuffer: 10,
  });
  bar.start(total, 0, { label });
  return { update: (value, current) => bar.update(value, { label: current }), end: () => bar.stop() };
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
