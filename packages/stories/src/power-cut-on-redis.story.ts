import { tellAPowerCut } from './tell-a-power-cut.ts';

tellAPowerCut('redis');
