import { refusals } from '../refusals.ts';
import type { SecretKind } from '../secret-uses.ts';

/** Values that stand in examples, templates and tests where a secret should be. */
const placeholder =
  /^(?:<.*>|\[.*\]|\$\{?\w+\}?|\{\{.*\}\}|%\w+%|(?:change|replace)[-_ ]?(?:me|this|it)\b.*|(?:put|insert|your|enter)[-_ ].*|(?:my|the|a|hook|okta|api)?[-_ ]?(?:secret|password|token|key)[-_ ]?(?:here|value|\d*)|to[-_ ]?do|tbd|examples?|dummy|foo|bar|test(?:ing)?|placeholder|redacted|none|null|undefined|x+|\*+|\.+|-+)$/i;

/** What a header carries unchanged; spaces within, as in `Bearer …`. */
const sendable = /^[!-~](?:[ -~]*[!-~])?$/;
const leastLength = 16;
const leastDistinct = 8;

/**
 * Problems of a secret's value, by what it is used for. Outside `local`, where credentials protect something, a
 * placeholder and a hook secret that can be guessed are refused too. `place` names its variable or file.
 */
export function secretValueProblems(
  value: string,
  { kind, place, mode }: { kind: SecretKind; place: string; mode: string },
): string[] {
  const isPlaceholder = mode !== 'local' && placeholder.test(value);
  if (isPlaceholder) return [refusals.placeholder(place)];
  if (kind === 'hook') return hookProblems(value, place, mode);
  return kind === 'token' && /[\s\p{Cc}]/u.test(value) ? [refusals.whiteSpace(place)] : [];
}

function hookProblems(value: string, place: string, mode: string): string[] {
  if (!sendable.test(value)) return [refusals.notSendable(place)];
  const isWeak = value.length < leastLength || new Set(value).size < leastDistinct;
  return mode !== 'local' && isWeak ? [refusals.weak(place, leastLength)] : [];
}
