import type { StepSummary } from '@keycourier/ledger/shipments/read-steps';
import type { VNode } from 'preact';

import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';

interface Props {
  steps: readonly StepSummary[];
  isHeld: boolean;
  viewer: Viewer;
}

/** The cards in their order, attempts folded: the latest reason, and when the next attempt comes. */
export const Journey = ({ steps, isHeld, viewer }: Props): VNode => (
  <ol class="journey">
    {steps.map((step) => (
      <li key={step.step} class={stateOf(step)}>
        <p>
          <span class="title">{titleOf(step.step)}</span>
          <span class="quiet">
            {attemptsText(step)}
            {step.lastEndedAt !== null && ', '}
            {step.lastEndedAt !== null && <Time at={step.lastEndedAt} viewer={viewer} />}
          </span>
        </p>
        {step.isRunning && <p>Running now.</p>}
        {step.nextAt !== null && !step.isRunning && !isHeld && <Next step={step} viewer={viewer} />}
        {step.reason !== null && step.failures === 0 && <p class="quiet">{step.reason}</p>}
      </li>
    ))}
  </ol>
);

const attemptsText = ({ attempts }: StepSummary): string => {
  if (attempts === 0) return 'not begun';
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
};

/** A failed step says which try comes next and why; one that polls only when it looks again. */
const Next = ({ step, viewer }: { step: StepSummary; viewer: Viewer }): VNode => (
  <p>
    {step.failures > 0 ? `Attempt ${step.failures + 1} comes ` : 'Next '}
    <Time at={step.nextAt} viewer={viewer} />
    {step.failures > 0 && step.reason !== null && `, because ${step.reason}`}
    {step.waitsFor !== null && ` (waits for ${step.waitsFor})`}
  </p>
);

/** `check-profile` reads as `Check profile`. */
function titleOf(step: string): string {
  const words = step.replaceAll('-', ' ').replace('pin', 'PIN');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function stateOf({ isRunning, failures, outcome, nextAt, attempts }: StepSummary): string {
  if (isRunning) return 'running';
  if (failures > 0 || nextAt !== null) return 'waiting';
  if (outcome === 'threw') return 'failed';
  return attempts > 0 ? 'done' : 'waiting';
}
