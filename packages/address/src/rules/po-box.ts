import { fail, type Place, type Rule } from '../reading.ts';

/** How a post office box is written, at the start of a word. Each asks for enough not to be met in a street's name. */
const names = [
  /p(?:ost)?[. ]*o(?:ffice)?[. ]*box/,
  /post(?:al)? ?box/,
  /g[. ]*p[. ]*o[. ]*box/,
  /(?:locked|private) (?:mail ?)?bag/,
  /post(?:fach|bus|boks|ilokero|afiók)/,
  /bo[iî]te postale/,
  /b\.? ?p\.? ?\d/,
  /(?:apartado|apdo\.?|casilla)(?: (?:de correos?|postal|a[eé]reo))?(?: n[o°º]?\.?)? ?\d/,
  /caixa postal/,
  /casella postale/,
  /skr(?:ytka|\.) poczt?/,
  /posta kutusu/,
];

const box = new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${names.map(({ source }) => source).join('|')})|^box \d`, 'imu');

/** Couriers hand over to people; a box works in the US alone. Source: YubiEnterprise delivery, "Best Practices and Troubleshooting". */
export const isUnreachableBox = (text: string, { countryCode }: Place): boolean =>
  countryCode !== null && countryCode !== 'US' && box.test(text);

export const poBox: Rule = (reading, place) =>
  isUnreachableBox(reading.value, place) ? fail(reading, 'po_box') : reading;
