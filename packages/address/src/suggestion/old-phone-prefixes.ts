/** What a country no longer has in front of its national numbers, and what stands there instead. */
type OldPrefixes = readonly (readonly [old: string, now: string])[];

const vietnam =
  '120 70, 121 79, 122 77, 126 76, 128 78, 123 83, 124 84, 125 85, 127 81, 129 82, 162 32, 163 33, 164 34, 165 35, 166 36, 167 37, 168 38, 169 39, 186 56, 188 58, 199 59';

/**
 * By country. Sources: IFT (Mexico, 2019); RRT (Lithuania, trunk prefix 0 instead of 8); UKE (Poland, 2009); ČTÚ (Czechia,
 * 2002); EETT (Greece, 2002); ANACOM (Portugal, 1999); ARCEP (Benin, 2024); Vietnam's Ministry of Information and
 * Communications (2018).
 */
export const oldPhonePrefixes: Readonly<Record<string, OldPrefixes>> = {
  BJ: [['', '01']],
  CZ: [['0', '']],
  GR: [['0', '2']],
  LT: [['8', '']],
  MX: [
    ['01', ''],
    ['044', ''],
    ['045', ''],
    ['1', ''],
  ],
  PL: [['0', '']],
  PT: [['0', '2']],
  VN: vietnam.split(', ').flatMap((pair) => {
    const [old = '', now = ''] = pair.split(' ');
    return [[old, now] as const, [`0${old}`, now] as const];
  }),
};
