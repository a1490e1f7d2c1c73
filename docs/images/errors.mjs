/** The pictures could not be made. */
export class PicturesError extends Error {
  code = 'pictures_failed';
  level = 'error';
}
