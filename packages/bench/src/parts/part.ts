import type { Found } from '../report/result.ts';

/** `full` is what the report shows; `short` shows within three minutes that every part still runs, for CI. */
export interface Effort {
  isShort: boolean;
  /** Of a comparison. */
  rounds: number;
  onProgress: (what: string) => void;
}

export interface Part {
  /** Left out of the short form: it takes minutes however little is measured. */
  isLong?: boolean;
  title: string;
  /** What is measured, and against what. */
  about: string;
  run: (effort: Effort) => Promise<Found>;
}
