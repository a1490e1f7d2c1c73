import { changePreferences } from '@keycourier/ledger/views/preferences';
import type { VNode } from 'preact';
import { z } from 'zod';

import { renderPage, Token } from '../pages/layout.tsx';
import { Head, Notice } from '../pages/parts.tsx';
import type { HandleForm, ShowPage } from '../pages/tenant-pages.ts';
import { timeText } from '../pages/time.tsx';
import { pathIn, timeStyles, type TimeStyle, type Viewer } from '../pages/viewer.ts';
import { columnNames, columnTitles } from '../shipments/column-names.ts';

export const showPreferences: ShowPage = (_context, viewer, request) => {
  const children = <PreferencesView viewer={viewer} isSaved={request.query['saved'] === 'yes'} />;
  return Promise.resolve(renderPage({ title: 'Preferences', section: null, viewer, children }));
};

const body = z.object({
  time: z.enum(timeStyles),
  keyboard: z.literal('on').optional(),
  column: z
    .union([z.string().transform((one) => [one]), z.array(z.string()).max(20)])
    .optional()
    .default([]),
});

/** How this operator reads the console, in every tenant and browser. */
export const savePreferences: HandleForm = async ({ ledger }, viewer, request) => {
  const { time, keyboard, column } = body.parse(request.body);
  const columns = columnNames.filter((name) => column.includes(name));
  await changePreferences(ledger, viewer.operator, { time, keyboard: keyboard === 'on', columns });
  return { outcome: 'done', location: pathIn(viewer, '/preferences?saved=yes') };
};

const titles: Readonly<Record<TimeStyle, string>> = {
  relative: 'Relative',
  local: 'Local',
  utc: 'UTC',
};

const hourMs = 3_600_000;

const PreferencesView = ({ viewer, isSaved }: { viewer: Viewer; isSaved: boolean }): VNode => (
  <>
    <Head title="Preferences" />
    {isSaved && <Notice tone="good">Saved.</Notice>}
    <form method="post" class="form sheet padded">
      <Token viewer={viewer} />
      <fieldset>
        <legend>Times</legend>
        {timeStyles.map((style) => (
          <label key={style} class="choice">
            <input type="radio" name="time" value={style} defaultChecked={style === viewer.times} />
            <span>{titles[style]}</span>
            <span class="quiet">{example(viewer, style)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>Keyboard</legend>
        <label class="choice">
          <input type="checkbox" name="keyboard" role="switch" defaultChecked={viewer.keys} />
          <span>Single keys are shortcuts</span>
          <span class="quiet">
            <kbd>/</kbd> <kbd>j</kbd> <kbd>k</kbd> <kbd>?</kbd>
          </span>
        </label>
      </fieldset>
      <Columns viewer={viewer} />
      <div>
        <button type="submit">Save</button>
      </div>
    </form>
  </>
);

const example = (viewer: Viewer, times: TimeStyle): string =>
  timeText(new Date(viewer.now.getTime() - 3 * hourMs), { ...viewer, times }) +
  (times === 'local' ? ` (${viewer.timeZone})` : '');

const Columns = ({ viewer }: { viewer: Viewer }): VNode => (
  <fieldset id="columns">
    <legend>Columns of lists of shipments, beside the person</legend>
    {columnNames.map((name) => (
      <label key={name} class="choice">
        <input type="checkbox" name="column" value={name} defaultChecked={viewer.columns.includes(name)} />
        <span>{columnTitles[name]}</span>
      </label>
    ))}
    <p class="quiet">With none of them, lists have the standard ones. An export has all columns.</p>
  </fieldset>
);
