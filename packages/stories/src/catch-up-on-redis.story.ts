import { runCatchUp } from './run-catch-up.ts';

runCatchUp('redis', { isLong: false });
