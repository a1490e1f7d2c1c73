/** Single keys work where no field has the focus, and can be switched off (WCAG 2.1.4). */
export function watchKeys(): void {
  if (document.body.dataset['keys'] === 'off') return;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') leaveField();
    else if (!isTyping(event.target)) act(event);
  });
}

function act(event: KeyboardEvent): void {
  switch (event.key) {
    case '/':
      document.querySelector<HTMLInputElement>('#find')?.focus();
      break;
    case 'j':
      focusRow(1);
      break;
    case 'k':
      focusRow(-1);
      break;
    case '?':
      document.querySelector<HTMLDialogElement>('#keys')?.showModal();
      break;
    default:
      return;
  }
  event.preventDefault();
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog[open]') !== null;

function leaveField(): void {
  if (document.activeElement instanceof HTMLElement && isTyping(document.activeElement)) document.activeElement.blur();
}

/** Enter opens the focused row: each row's first link is what `data-row` marks. */
function focusRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
