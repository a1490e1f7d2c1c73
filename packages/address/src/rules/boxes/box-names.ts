/**
 * How post office boxes are written, by language. A space stands for any of spaces, dots and hyphens, or nothing; case and
 * accents do not matter. Sources: UPU, "Postal addressing systems in member countries"; USPS Publication 28; the addressing
 * guides of the national posts.
 */
type NamesByLanguage = Readonly<Record<string, string>>;

/** No street is called so. */
export const boxes: NamesByLanguage = {
  en: 'freepost',
  de: 'post fach, postfächer, postfachnummer, postfachnr',
  fr: 'boîte postale, boîtes postales, case postale, cases postales, casier postal, course spéciale',
  es: 'apartado de correos, apartado de correo, apartado postal, apartado aéreo, ap correos, ap de correos, apdo de correos, apdo correos, apdo postal, apdo aéreo, casilla de correo, casilla de correos, casilla postal',
  ca: 'apartat de correus',
  eu: 'posta kutxa, postakutxa',
  pt: 'caixa postal, cx postal, apartado dos correios',
  it: 'casella postale, casella post, cas post, cas postale',
  fi: 'postilokero',
  is: 'pósthólf',
  fo: 'postsmoga, postrúm',
  lv: 'pasta kastīte, abonenta kaste, abonenta kastīte',
  lt: 'pašto dėžutė, abonentinė dėžutė',
  pl: 'skrytka pocztowa, skrytki pocztowej, skr poczt, skr pocztowa',
  cs: 'poštovní přihrádka, pošt přihrádka, p o přihrádka',
  sk: 'poštový priečinok, poštová priečinka, pošt priečinok, p o priečinok',
  hu: 'postafiók, posta fiók',
  sl: 'poštni predal, pošt predal, p predal',
  hr: 'poštanski pretinac, pošt pretinac, post pretinac, p pretinac',
  sr: 'poštanski fah, pošt fah, post fah, p fah, poštanski pregradak, поштански фах, поштански преградак, поштенски фах, п фах',
  sq: 'kutia postare',
  ro: 'căsuța poștală, căsuță poștală',
  bg: 'пощенска кутия, пощ кутия, poshtenska kutiya, poshtenska kutia',
  ru: 'абонентский ящик, абон ящик, абонементный ящик, почтовый ящик, abonentskiy yashchik, abonentskii iashchik, pochtovyy yashchik, pochtovyi iashchik',
  uk: 'абонентська скринька, поштова скринька, abonentska skrynka, poshtova skrynka',
  kk: 'пошта жәшігі, абоненттік жәшік',
  el: 'ταχυδρομική θυρίδα, ταχ θυρίδα, ταχυδρ θυρίδα, tachydromiki thyrida, tach thyrida, tax thyrida, tachydromiki thurida',
  tr: 'posta kutusu',
  ka: 'საფოსტო ყუთი',
  hy: 'փոստարկղ',
  he: 'תא דואר, ta doar',
  ar: 'صندوق بريد, صندوق البريد, ص ب',
  fa: 'صندوق پستی',
  hi: 'पोस्ट बॉक्स, डाक पेटी',
  ja: '私書箱, 私書函, shishobako',
  ko: '사서함, saseoham',
  zh: '信箱, 郵政信箱',
  th: 'ตู้ ปณ, ตู้ ป ณ, ตู้ไปรษณีย์',
  vi: 'hộp thư, hòm thư',
  id: 'kotak pos, tromol pos, kotak surat',
  ms: 'peti surat, beg berkunci, peti pos',
  sw: 'sanduku la posta',
  am: 'ፖ ሳ ቁ',
};

/** Boxes where a number follows, or nothing: "Postbox Cottage" is a building. */
export const boxesByNumber: NamesByLanguage = {
  en: 'p o box, post office box, postal box, post box, p box, g p o box, p o b, p o bx, p o bag, post bag, postal bag, reply paid, call box, p/o box, p 0 box, p/bag, p bag, mail box, bm box, bcm box, locked bag, locked mail bag, private bag, private mail bag',
  de: 'pstf',
  nl: 'post bus, antwoordnummer, antwoordnr',
  af: 'pos bus, posbus, privaatsak',
  nb: 'postboks, postb',
  es: 'apartado, apdo, casilla, apartat',
  pt: 'apart',
  et: 'postkast',
  pl: 'skrytka, skr',
  cs: 'přihrádka',
  sk: 'priečinok',
  sl: 'predal',
  hr: 'pretinac',
  sr: 'fah, фах',
};

const france = 'FR GP MQ GF RE YT PM MF BL NC PF WF MC';
const frenchAfrica = 'MA DZ TN SN CI CM GA BF BJ TG ML NE TD CF CG CD MG DJ KM MR GN RW BI MU SC';

/** Initials that are a box in these countries alone, with a number behind them. */
export const boxesByCountry: Readonly<Record<string, string>> = {
  'a/d': 'LT',
  'a/k': 'LV',
  'a/s': 'UA',
  'a/ya': 'RU BY KZ KG UA',
  'a/ia': 'RU BY KZ KG UA',
  'a a': 'CO',
  'a p': 'MX GT ES',
  'b p': `${france} ${frenchAfrica} BE LU CH HT LB VU LA KH CA`,
  boks: 'NO DK',
  'c c': 'AR',
  'c p': 'CA CH LI BR RO MZ AO CV GW ST',
  'c s': france,
  'cx p': 'BR',
  'k p': 'AL XK',
  'o p': 'RO',
  'p b': 'FI AX NO IN LK PK BD NP',
  'p d': 'LT',
  'p f': 'DE AT CH LI LU HU',
  'p h': 'IS',
  'p k': 'TR EE BG LV CY',
  'p l': 'FI AX',
  'p m b': 'NG GH GM SL LR AU NZ PG FJ BW ZM MW ZA SB VU',
  'p p': 'SI HR SK RS ME BA MK',
  postf: 'DE AT CH LI',
  's l p': 'TZ KE UG',
  't d': 'IL',
  't s a': france,
  't th': 'GR CY',
  'а/с': 'UA',
  'а/я': 'RU BY KZ KG UA BG',
  'п к': 'BG',
  'п/с': 'UA',
  'п/я': 'RU BY KZ KG UA BG',
  'п п': 'MK RS',
  'w d t': 'MY',
  'τ θ': 'GR CY',
  't θ': 'GR CY',
  'ת ד': 'IL',
};

/** In Italy "C.P." is a box, but with five digits the postal code. */
export const shortNumbersByCountry: Readonly<Record<string, string>> = { 'c p': 'IT' };

/** Where "Box 12" is a box behind anything; in some countries where it begins a part; elsewhere it may be a flat. */
export const boxAnywhere: readonly string[] = ['SE'];
export const boxBetweenCommas: readonly string[] =
  'AU BB BM BS BW BZ CA CY DK FI FJ GB GH GI GY HK IE IN JM KE LK LR MT MU MW NA NG NO NZ PG SG TT TZ UG ZA ZM ZW'.split(
    ' ',
  );
