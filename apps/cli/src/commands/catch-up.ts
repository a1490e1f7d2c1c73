import type { Command } from 'commander';

import { catchUp, type CatchUp } from '../api/catch-up-shape.ts';
import { printResult, type Cli } from '../cli.ts';
import { clean } from '../output/clean.ts';
import { formatSpan } from '../output/span.ts';
import { pairs } from '../output/table.ts';

/** Shows how the tenant's events arrive: by the event hook, and from Okta's System Log. */
export function addCatchUp(program: Command, cli: Cli): void {
  program
    .command('catch-up')
    .description("show how far Okta's System Log is read, what only it had, and how the event hook does")
    .action(async () => {
      const api = await cli.api();
      const answer = await api.request(catchUp, { method: 'GET', path: '/v1/catch-up' });
      printResult(cli, answer, () => draw(cli, answer));
    });
}

function draw({ terminal, now }: Cli, answer: CatchUp): string {
  const { paint } = terminal;
  const ago = (time: string | null): string =>
    time === null ? 'never' : `${formatSpan(now().getTime() - Date.parse(time))} ago`;
  const until = (time: string): string => `in ${formatSpan(Math.max(0, Date.parse(time) - now().getTime()))}`;
  const { hook, dailyCap, foundOnlyByCatchUp: found, problem } = answer;
  const percent = `${(dailyCap.share * 100).toFixed(1)} %`;
  const status = hook.status === 'verified' ? paint.green(hook.status) : paint.yellow(clean(hook.status));
  const cap = `${dailyCap.delivered} of ${dailyCap.cap} events today (${percent})`;
  return pairs(terminal, [
    ['system log', stateOf(answer)],
    ...(problem === null ? [] : ([['problem', paint.red(clean(problem.message))]] as const)),
    ['last poll', ago(answer.lastPollAt)],
    ['next poll', answer.nextPollAt === null ? 'none' : until(answer.nextPollAt)],
    ['events read', `${answer.eventsReadToday} today`],
    ['only found here', `${found.today} today, ${found.total} in all`],
    ['event hook', `${status}, last delivery ${ago(hook.lastDeliveryAt)}`],
    ["Okta's daily cap", dailyCap.isNear ? paint.yellow(cap) : cap],
  ]);
}

function stateOf({ enabled, lagSeconds }: CatchUp): string {
  if (!enabled) return 'not read: catchUp.enabled is false';
  return lagSeconds === null ? 'not read yet' : `read up to ${formatSpan(lagSeconds * 1_000)} ago`;
}
