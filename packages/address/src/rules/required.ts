import { fail, type RuleContext, type FieldState, type Rule } from '../field-state.ts';
import { needsPostalCode } from './postal-code.ts';
import { needsState } from './state.ts';

/** Values that a courier needs. Runs last: the other rules may have removed a value that means "nothing". */
export const required: Rule = (field, context) =>
  field.value === '' && isRequired(field.name, context) ? fail(field, 'missing') : field;

function isRequired(name: FieldState['name'], context: RuleContext): boolean {
  switch (name) {
    case 'secondEmail':
      return context.isNewUser;
    case 'state':
      return context.countryCode !== null && needsState(context.countryCode);
    case 'zipCode':
      return context.countryCode === null || needsPostalCode(context.countryCode);
    case 'firstName':
    case 'lastName':
    case 'email':
    case 'primaryPhone':
    case 'organization':
    case 'streetAddress':
    case 'city':
    case 'countryCode':
      return true;
  }
}
