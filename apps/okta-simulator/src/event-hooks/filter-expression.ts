import type { LogEvent } from '../system-log/log-event.ts';

const term = /^event\.target\.\?\[\s*(type|id|alternateId|displayName) eq '([^']*)'\s*\]\.size\(\)\s*>\s*0$/;

/**
 * Supports only the form of Okta's own examples: terms such as `event.target.?[type eq 'UserGroup'].size()>0` joined by
 * `&&`. Returns undefined for any other expression.
 */
export function readFilterExpression(expression: string): ((event: LogEvent) => boolean) | undefined {
  const terms = expression.split('&&').map((text) => term.exec(text.trim()));
  if (terms.some((match) => match === null)) return undefined;
  return (event) =>
    terms.every((match) => event.target.some((target) => targetValue(target, match?.[1] ?? '') === match?.[2]));
}

function targetValue(target: LogEvent['target'][number], attribute: string): string | undefined {
  switch (attribute) {
    case 'type':
      return target.type;
    case 'id':
      return target.id;
    case 'alternateId':
      return target.alternateId;
    default:
      return target.displayName;
  }
}
