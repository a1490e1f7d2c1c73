import { fail, type Place, type FieldState, type Rule } from '../reading.ts';
import { needsPostalCode } from './postal-code.ts';
import { needsState } from './state.ts';

/** Holds what a courier cannot do without. Runs last: only then is it known that nothing was given. */
export const required: Rule = (reading, place) =>
  reading.value === '' && isRequired(reading.field, place) ? fail(reading, 'missing') : reading;

function isRequired(field: FieldState['field'], place: Place): boolean {
  switch (field) {
    case 'secondEmail':
      return place.isNewUser;
    case 'state':
      return place.countryCode !== null && needsState(place.countryCode);
    case 'zipCode':
      return place.countryCode === null || needsPostalCode(place.countryCode);
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
