import { runScimStories } from './run-scim-stories.ts';

runScimStories('postgres');
