import { runStories } from './run-stories.ts';

runStories('redis');
