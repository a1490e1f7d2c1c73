import { runCatchUp } from './run-catch-up.ts';

runCatchUp('postgres', { isLong: true });
