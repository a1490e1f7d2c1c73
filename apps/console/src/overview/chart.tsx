import type { DayCounts } from '@keycourier/ledger/overview/daily-counts';
import type { VNode } from 'preact';

import { countText, Section } from '../pages/parts.tsx';

const [width, height] = [600, 150];

/** What the chart shows, each as a line that also differs by its dashes. */
const series = [
  { name: 'requested', title: 'Requested' },
  { name: 'pin_sent', title: 'PIN sent' },
  { name: 'held', title: 'Held' },
] as const;

/** Day by day: lines for the eye, and the numbers in a table. */
export const Chart = ({ daily }: { daily: readonly DayCounts[] }): VNode => (
  <Section id="days" title={`Last ${daily.length} days`}>
    <div class="sheet padded">
      <ul class="legend">
        {series.map(({ name, title }) => (
          <li key={name} class={`series ${name}`}>
            <svg viewBox="0 0 24 4" width="24" height="4" aria-hidden="true">
              <path d="M0 2H24" />
            </svg>
            {title}
            <strong class="number">{countText(totalOf(daily, name))}</strong>
          </li>
        ))}
      </ul>
      <Lines daily={daily} />
      <details>
        <summary class="quiet">As a table</summary>
        <Table daily={daily} />
      </details>
    </div>
  </Section>
);

type Name = (typeof series)[number]['name'];

const totalOf = (daily: readonly DayCounts[], name: Name): number =>
  daily.reduce((sum, { counts }) => sum + counts[name], 0);

function Lines({ daily }: { daily: readonly DayCounts[] }): VNode {
  const most = Math.max(1, ...daily.flatMap(({ counts }) => series.map(({ name }) => counts[name])));
  const isEmpty = series.every(({ name }) => totalOf(daily, name) === 0);
  const x = (index: number): number => (index * width) / Math.max(daily.length - 1, 1);
  const y = (count: number): number => height - (count * (height - 8)) / most - 2;
  const line = (name: Name): string =>
    daily
      .map(({ counts }, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(counts[name]).toFixed(1)}`)
      .join('');
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-labelledby="days">
        <path class="base" d={`M0 ${height - 2}H${width}`} />
        {series.map(({ name }) => (
          <path key={name} class={`series ${name}`} d={line(name)} />
        ))}
      </svg>
      <figcaption class="quiet">
        <span>{daily[0]?.day}</span>
        <span>{isEmpty ? 'none in these days' : `at most ${countText(most)} a day`}</span>
        <span>{daily.at(-1)?.day}</span>
      </figcaption>
    </figure>
  );
}

const Table = ({ daily }: { daily: readonly DayCounts[] }): VNode => (
  <table>
    <thead>
      <tr>
        <th scope="col">Day (UTC)</th>
        {series.map(({ name, title }) => (
          <th key={name} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {daily.toReversed().map(({ day, counts }) => (
        <tr key={day}>
          <th scope="row">{day}</th>
          {series.map(({ name, title }) => (
            <td key={name} class="number" data-label={`${title}:`}>
              {countText(counts[name])}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
