import { runPowerCut } from './run-power-cut.ts';

runPowerCut('redis');
