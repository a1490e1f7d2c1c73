import type { Found } from '../report/result.ts';

/** `full` is what the report shows; `short` shows within three minutes that every part still runs, for CI. */
export interface Effort {
  isShort: boolean;
  /** Of a comparison. */
  rounds: number;
  onProgress: (what: string) => void;
}

export interface Part {
  title: string;
  /** What is measured, and against what. */
  about: string;
  run: (effort: Effort) => Promise<Found>;
}
