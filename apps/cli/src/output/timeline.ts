import type { HistoryItem } from '../api/shapes.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { clean } from './clean.ts';

/** The attempts and state changes, oldest first, under a heading for each day. */
export function timeline({ paint }: Terminal, items: readonly HistoryItem[]): string[] {
  let day = '';
  return items.flatMap((item) => {
    const time = item.card === null ? item.at : item.startedAt;
    const [date = '', clock = ''] = (time ?? '').split('T');
    const heading = date === day ? [] : [paint.dim(clean(date))];
    day = date;
    const what = item.card === null ? change(paint, item) : card(paint, item.card, item);
    return [...heading, `  ${paint.dim(clean(clock.slice(0, 12)))}  ${what}`];
  });
}

function card(paint: Paint, name: string, item: HistoryItem): string {
  const { attempt, outcome, why } = item;
  const again = attempt === null || attempt === undefined || attempt <= 1 ? '' : `, attempt ${attempt}`;
  const head = `${markOf(paint, outcome)} ${paint.bold(clean(name))}  ${paint.dim(`${durationOf(item)}${again}`)}`;
  const reason = why === null ? '' : `: ${clean(why)}`;
  return `${head}  ${clean(outcome ?? '')}${reason}`.trimEnd();
}

function durationOf({ startedAt, endedAt }: HistoryItem): string {
  if (startedAt === null || endedAt === null) return 'still running';
  return `${((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000).toFixed(1)} s`;
}

function markOf(paint: Paint, outcome: string | null): string {
  if (outcome === 'done') return paint.green('✓');
  if (outcome === 'later') return paint.yellow('↻');
  return outcome === null ? paint.cyan('…') : paint.red('■');
}

function change(paint: Paint, { event, detail }: HistoryItem): string {
  const facts = Object.entries(detail ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [`${clean(name)} ${clean(String(value))}`],
  );
  return `${paint.dim('·')} ${clean(event ?? 'changed')}${facts.length === 0 ? '' : `  ${paint.dim(facts.join(', '))}`}`;
}
