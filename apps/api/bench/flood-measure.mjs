/** How long the measured tenant's requests take, as flood.mjs sends them. */
import { Agent } from 'node:http';
import { setTimeout } from 'node:timers/promises';

import { ask } from './flood-requests.mjs';

/**
 * Of each call one every so often, whether or not the last was answered, so that a slow answer delays no other. Each comes
 * at a random time within its interval, lest it always meets the same phase of something periodic.
 */
export const everyMs = 25;

/** @returns by call: how long each took, in milliseconds from its sending, when it was sent, and how many had no 2xx */
export async function measureCalls(calls, seconds) {
  const agent = new Agent({ keepAlive: true });
  const startedAtMs = performance.now();
  const measured = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => [name, await timesOf({ agent, call, startedAtMs, seconds })]),
  );
  agent.destroy();
  return Object.fromEntries(measured);
}

async function timesOf({ agent, call, startedAtMs, seconds }) {
  const sent = [];
  for (let index = 0; index < (seconds * 1_000) / everyMs; index += 1) {
    const dueAtMs = startedAtMs + (index + Math.random()) * everyMs;
    await setTimeout(Math.max(dueAtMs - performance.now(), 0));
    sent.push(timeOf(agent, call()));
  }
  const all = await Promise.all(sent);
  return { samples: all, refused: all.filter(({ status }) => status < 200 || status > 299).length };
}

async function timeOf(agent, request) {
  const sentAtMs = performance.timeOrigin + performance.now();
  const status = await ask(agent, request);
  return { status, sentAtMs, tookMs: performance.timeOrigin + performance.now() - sentAtMs };
}
