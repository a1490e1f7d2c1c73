import { Idiomorph } from './idiomorph.js';

/**
 * Makes `<main>` what the server rendered last, without touching what the reader is doing: a form with changes, an open
 * dialog or details, the focus and the scroll position stay. Rows of a list do not move: those that are new are counted.
 */
export function morphMain(old: HTMLElement, next: HTMLElement): void {
  let added = 0;
  Idiomorph.morph(old, next, {
    morphStyle: 'outerHTML',
    restoreFocus: true,
    callbacks: {
      beforeNodeMorphed: (node) => !isBeingUsed(node),
      // Without `open`, a modal dialog hides and leaves the page unclickable (whatwg/html #5802).
      beforeAttributeUpdated: (attribute) => attribute !== 'open',
      beforeNodeAdded: (node) => {
        if (!isNewRow(old, node)) return true;
        added += 1;
        return false;
      },
      beforeNodeRemoved: (node) => {
        if (!isRow(node)) return !hasUsedPart(node);
        if (node instanceof HTMLElement) node.dataset['gone'] = 'yes';
        return false;
      },
    },
  });
  announce(added);
}

const isRow = (node: Node): boolean => node.parentElement?.matches('[data-rows]') === true;

/** The node comes from the other document: its list is found here by the id. */
function isNewRow(old: HTMLElement, node: Node): boolean {
  return isRow(node) && node instanceof HTMLElement && old.querySelector(`#${CSS.escape(node.id)}`) === null;
}

/** idiomorph keeps only the focused field's value (idiomorph #27): a form with any change is left as it is. */
function isBeingUsed(node: Node): boolean {
  if (node instanceof HTMLDialogElement) return node.open;
  if (!(node instanceof HTMLFormElement)) return false;
  return node.contains(document.activeElement) || [...node.elements].some(isChanged);
}

/** What is removed takes all that is in it with it. */
const hasUsedPart = (node: Node): boolean =>
  isBeingUsed(node) || (node instanceof Element && [...node.querySelectorAll('form, dialog')].some(isBeingUsed));

function isChanged(field: Element): boolean {
  if (field instanceof HTMLInputElement)
    return field.type === 'checkbox' || field.type === 'radio'
      ? field.checked !== field.defaultChecked
      : field.type !== 'hidden' && field.value !== field.defaultValue;
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  if (field instanceof HTMLSelectElement)
    return [...field.options].some(({ selected, defaultSelected }) => selected !== defaultSelected);
  return false;
}

/** One polite message, and a link that reads the list anew. */
function announce(added: number): void {
  const link = document.querySelector<HTMLAnchorElement>('#new-rows');
  if (link === null) return;
  link.hidden = added === 0;
  const text = `${added} new`;
  if (added > 0 && link.textContent !== text) link.textContent = text;
}
