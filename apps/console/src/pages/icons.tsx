import type { VNode } from 'preact';

/** Outlines on a grid of 16, drawn with the colour of the text. */
const outlines = {
  overview: 'M2.5 8.5 8 3l5.5 5.5M4 7.5V13h3v-3h2v3h3V7.5',
  shipments: 'M2.5 5 8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5 8 7.5 13.5 5M8 7.5v6',
  held: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM6.5 6v4M9.5 6v4',
  batches: 'M3 3.5h10M3 8h10M3 12.5h10',
  events: 'M9 2 4 9h4l-1 5 5-7H8z',
  people: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4',
  flows: 'M4 3.5v9M4 8h5a3 3 0 0 0 3-3V3.5M10 5.5l2-2 2 2',
  connections: 'M6.5 9.5l3-3M5.5 7 4 8.5a2.5 2.5 0 0 0 3.5 3.5L9 10.5M10.5 9 12 7.5A2.5 2.5 0 0 0 8.5 4L7 5.5',
  hub: 'M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM8 6V2.5M8 10v3.5M6.3 9 3.2 10.8M9.7 9l3.1 1.8M6.3 7 3.2 5.2M9.7 7l3.1-1.8',
  audit: 'M4 2.5h6l2.5 2.5v8.5H4zM6 8h4.5M6 10.5h4.5M6 5.5h2',
  drills: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5.5A2.5 2.5 0 1 0 10.5 8M8 8l5-5M11 3h2v2',
  settings: 'M3 5h6M12 5h1M3 11h1M7 11h6M10.5 3.5v3M5.5 9.5v3',
  queues: 'M3 4h10v3H3zM3 9h10v3H3zM5 5.5h1M5 10.5h1',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5l3 3',
} as const;

export type IconName = keyof typeof outlines;

export const Icon = ({ name }: { name: IconName }): VNode => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={outlines[name]} />
  </svg>
);
