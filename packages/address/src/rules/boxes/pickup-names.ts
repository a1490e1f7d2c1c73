/**
 * Where a parcel waits for a person with an account or a code: a courier cannot hand a key over there. Written as in
 * box-names.ts. Sources: the carriers' own names of their networks.
 */
type NamesByLanguage = Readonly<Record<string, string>>;

export const lockers: NamesByLanguage = {
  en: 'amazon locker, amazon hub, amazon counter, locker amazon, parcel locker, parcel lockers, parcellock, parcelforce locker, inpost, dhl locker, dhl servicepoint, dhl service point, ups access point, ups locker, royal mail locker, pickup point, pick up point, pickup station, pick up station, pickup locker, pickup shop, collection point, collect plus, parcelshop, parcel shop, parcel connect, parcel motel, addresspal, parcel collect, flexdelivery, smart locker, self service locker, popstation, pudo, ef locker, pick locker, collection locker',
  de: 'pack station, packstat, paketbox, paketstation, postfiliale, post filiale, postfiliale direkt, abholstation, abholbox, paketshop, paket shop, dhl paketshop, pickpost, my post 24, mypost 24, poststation',
  fr: 'mondial relay, relais colis, point relais, points relais, pickup relais, relais pickup, chrono relais, chronopost relais, consigne pickup, consigne automatique, consigne colis, point de retrait, point pack, pickup consigne',
  es: 'citypaq, correos paq, punto de recogida, punto pack, punto de entrega, punto celeritas, punto inpost, consigna automática, buzón inteligente',
  pt: 'locker ctt, ctt locker, ctt 24h, ctt 24 7, ponto ctt, ponto de recolha, ponto de retirada, ponto pick me, cacifo, clique e retire',
  it: 'punto di ritiro, punto poste, fermopoint, fermo point, puntoposte, locker inpost, punto locker',
  nl: 'pakketautomaat, pakjesautomaat, pakketpunt, pakketbox, afhaalpunt, postnl punt, postnl locker, cubee, bbox',
  sv: 'paketautomat, instabox, iboxen, budbee box, paketskåp, paketombud, postnord ombud, postens ombud, utlämningsställe',
  da: 'pakkeboks, nærboks, døgnboks, swipbox, pakkeshop, pakkeautomat, udleveringssted',
  nb: 'posten pakkeboks, utleveringssted, hentested',
  fi: 'pakettiautomaatti, postin pakettiautomaatti, smartpost, smartposti, noutopiste, pakettipiste',
  et: 'pakiautomaat, pakiautomaati, omniva, pakipunkt',
  lv: 'pakomāts, pakomātā, pakomāti, paku bode, paku skapis',
  lt: 'paštomatas, paštomate, siuntų automatas, lp express',
  pl: 'paczkomat, paczkomatu, paczkomaty, paczkomat inpost, paczkopunkt, punkt odbioru, orlen paczka, automat paczkowy, dhl pop, paczka w ruchu, kiosk ruchu, appkomat',
  cs: 'z box, alzabox, alza box, balíkovna, balíkobox, balík na poštu, zásilkovna, výdejní místo, výdejní box, penguinbox',
  sk: 'packeta, balíkomat, výdajné miesto, výdajný box',
  hu: 'foxpost, csomagautomata, csomagpont, postapont, posta pont, mpl automata, gls csomagpont',
  ro: 'easybox, easy box, fanbox, fan box, sameday easybox, punct de ridicare, dulap postal',
  bg: 'еконт, econt, econtomat, еконтомат, офис на спиди, офис спиди, speedy офис, спиди автомат, автомат на спиди',
  hr: 'paketomat, paketomata, boxnow, box now, tisak paket, paketarnica',
  sl: 'paketnik, direct4me',
  el: 'skroutz point, σημείο παραλαβής, θυρίδα box now',
  uk: 'нова пошта, нової пошти, новою поштою, nova poshta, novoi poshty, поштомат, poshtomat, точка видачі',
  ru: 'постамат, постомат, postamat, пункт выдачи, пвз, pickpoint, пикпоинт',
  tr: 'kargomat, teslimat noktası, ptt kargomat',
  he: 'נקודת איסוף, לוקר',
  ar: 'نقطة استلام, خزانة الطرود',
  ja: '宅配便ロッカー, コンビニ受取, コンビニ受け取り, 営業所止め, センター止め',
  zh: '丰巢, 豐巢, 菜鸟驿站, 快递柜, 自提点, 自提柜, 順豐站, 順豐智能櫃, 智能櫃, 超商取貨, i郵箱',
  ko: '무인택배함, 편의점택배, 무인 보관함',
};

/** Lockers where a number follows: the word alone may be anything. */
export const lockersByNumber: NamesByLanguage = {
  en: 'locker, lockers, packbox',
  fi: 'automaatti',
};

export const posteRestante: NamesByLanguage = {
  en: 'poste restante, poste restant, general delivery, counter delivery, counter collect, c/o post office, c/- post office, c/o postmaster, care of post office, care of postmaster, care po, care of po, c/o po, c/- po, post restante, hold for pickup, hold for collection, to be called for',
  de: 'postlagernd, post lagernd, postlagernde, bahnpostlagernd, lagernd postamt',
  fr: 'en poste restante',
  es: 'lista de correos, lista de correo, entrega general, poste restante',
  ca: 'llista de correus',
  pt: 'posta restante',
  it: 'fermo posta, fermoposta, fermo ufficio postale',
  nl: 'postliggend, afhalen op postkantoor',
  sv: 'postrestante',
  fi: 'noudetaan postista',
  hu: 'postán maradó, postán maradó küldemény',
  ro: 'post restant',
  hr: 'poštarestante, poste ležeće',
  sl: 'poštno ležeče, poste restante',
  bg: 'до поискване, do poiskvane',
  ru: 'до востребования, do vostrebovaniya, do vostrebovaniia',
  uk: 'до запитання, do zapytannya, do zapytannia',
  el: 'ποστ ρεστάντ',
  tr: 'postrestant, ptt şubesinden teslim',
  he: 'דואר שמור, doar shamur',
  ar: 'شباك البريد, يحفظ بشباك البريد',
  ja: '局留, 局留め, 郵便局留, 郵便局留め, 郵便局止',
  zh: '留局待領, 留局待领, 存局候領, 存局候领, 留局',
  ko: '유치우편',
  vi: 'thư lưu, lưu ký bưu điện',
};

/** Canada Post's short forms of General Delivery at a station. */
export const posteRestanteByCountry: Readonly<Record<string, string>> = {
  'gd stn': 'CA',
  'gd lcd': 'CA',
  'gd rpo': 'CA',
  'pr succ': 'CA',
};
