import { watchKeys } from './keyboard.ts';
import { watchLive } from './live.ts';
import { rememberTimeZone } from './time-zone.ts';

rememberTimeZone();
watchKeys();
watchLive();
