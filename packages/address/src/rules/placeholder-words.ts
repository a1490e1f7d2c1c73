/**
 * What people and programs write for "nothing", by language; compared without case, accents and punctuation. Sources: the
 * words that forms and directories use, the error values of Excel, LibreOffice and Google Sheets in their languages.
 */
type WordsByLanguage = Readonly<Record<string, string>>;

/** No person, place or company is called so. */
export const wordsForNothing: WordsByLanguage = {
  any: 'undefined, unknown, unspecified, not specified, not available, not applicable, not provided, not given, not known, not found, not set, not entered, not defined, not disclosed, no name, noname, no address, no data, no value, no street, no city, no company, no phone, no number, no organization, no organisation, no information, tbd, tba, tbc, tbs, to be determined, to be announced, to be confirmed, to be defined, to be advised, to be provided, to be completed, to do, todo, fixme, placeholder, dummy, lorem ipsum, asdf, asdfasdf, qwerty, same as above, as above, see above, see below, see note, see notes, see comment, see comments, see remarks, see attached, see profile, refer to notes, ask user, ask employee, on request, redacted, anonymized, please select, select one, please enter, please fill in, choose one, none given, none provided, no address on file, no fixed address, no fixed abode, on file, address unknown, unknown address, unknown street, unknown city, same address, home address, your address, street address, address line, address line 1, address line 2, first name, last name, company name, phone number, postal code, zip code, left blank, intentionally blank, intentionally left blank, to follow, will follow, see hr, ask hr, ask me, contact hr, contact me, deleted user, anonymous, test test, not a number',
  de: 'keine angabe, keine angaben, keine daten, keine adresse, adresse unbekannt, unbekannt, unbek, straße und hausnummer, telefonnummer, nicht angegeben, nicht bekannt, nicht vorhanden, nicht verfügbar, nicht zutreffend, nicht anwendbar, nicht hinterlegt, nicht gepflegt, entfällt, ohne angabe, siehe oben, siehe unten, siehe anmerkung, siehe anmerkungen, siehe notiz, siehe notizen, siehe bemerkung, siehe bemerkungen, siehe kommentar, wie oben, wird nachgereicht, noch offen, noch zu klären, platzhalter, bitte wählen, bitte auswählen',
  fr: 'inconnu, inconnue, non renseigné, non renseignée, non disponible, non applicable, non communiqué, non communiquée, non spécifié, non précisé, non défini, non connu, néant, sans objet, sans adresse, à définir, à compléter, à préciser, à confirmer, à renseigner, voir ci-dessus, comme ci-dessus, voir note, voir notes, voir remarque, voir remarques, voir commentaire, pas d adresse, indéfini, aucune adresse',
  es: 'desconocido, desconocida, no disponible, no aplica, no aplicable, no especificado, no especificada, no consta, no indicado, no informado, no definido, no tiene, sin datos, sin dirección, sin especificar, sin información, sin definir, por definir, por confirmar, ver arriba, ver nota, ver notas, ver observaciones, igual que arriba, mismo que arriba, a definir',
  pt: 'desconhecido, desconhecida, não disponível, não aplicável, não se aplica, não informado, não informada, não especificado, não consta, não definido, não tem, sem dados, sem endereço, sem informação, a confirmar, ver acima, ver observações, o mesmo, indefinido',
  it: 'sconosciuto, sconosciuta, non disponibile, non applicabile, non specificato, non indicato, non noto, non pervenuto, non definito, non fornito, da definire, da confermare, da compilare, vedi sopra, vedi nota, vedi note, come sopra, senza indirizzo, nessun indirizzo',
  nl: 'onbekend, niet bekend, niet beschikbaar, niet van toepassing, niet opgegeven, niet ingevuld, niet vermeld, nog te bepalen, zie boven, zie opmerking, zie opmerkingen, zie notities, zie notitie, geen adres, geen gegevens',
  sv: 'okänd, okänt, ej angivet, ej angiven, ej tillgänglig, ej tillgängligt, ej tillämpligt, ej aktuellt, uppgift saknas, inte angivet, inte tillgängligt, se ovan, se anteckningar, se anteckning, se kommentar, ingen adress, saknas',
  da: 'ukendt, ikke oplyst, ikke angivet, ikke tilgængelig, ikke relevant, ikke aktuelt, se ovenfor, se bemærkninger, se bemærkning, se noter, ingen adresse, samme som ovenfor',
  nb: 'ukjent, ikke oppgitt, ikke angitt, ikke tilgjengelig, ikke aktuell, se over, se merknad, se merknader, se notater, mangler',
  fi: 'tuntematon, ei tiedossa, ei saatavilla, ei tietoa, ei mitään, ei määritelty, ei ilmoitettu, ei käytössä, katso yllä, ks yllä, katso huomautukset, katso huomautus, puuttuu',
  pl: 'brak danych, brak adresu, brak informacji, nieznany, nieznana, nieznane, nie dotyczy, nie podano, niedostępne, niedostępny, nieokreślony, do ustalenia, do uzupełnienia, jak wyżej, patrz uwagi, patrz wyżej, zob uwagi',
  cs: 'neznámý, neznámá, neznámé, neuvedeno, není k dispozici, není známo, není uvedeno, nedostupné, nevyplněno, viz výše, viz poznámky, viz poznámka, bez adresy',
  sk: 'neznámy, neznáma, neznáme, neuvedené, nie je k dispozícii, nie je známe, nevyplnené, viď vyššie, viď poznámka, viď poznámky',
  hu: 'ismeretlen, nincs megadva, nincs adat, nincs cím, nem ismert, nem elérhető, nem alkalmazható, lásd fent, lásd megjegyzés, lásd megjegyzések',
  ro: 'necunoscut, necunoscută, nespecificat, nu există, nu este disponibil, indisponibil, nu se aplică, vezi mai sus, vezi note, fără adresă, nedefinit',
  bg: 'неизвестен, неизвестно, не е посочено, не е налично, няма данни, виж по горе, виж бележки',
  ru: 'нет данных, неизвестно, неизвестен, неизвестна, не указано, не указан, не указана, отсутствует, не применимо, не задано, не определено, см выше, см примечание, смотри примечание',
  uk: 'немає даних, невідомо, невідомий, не вказано, відсутнє, не застосовно, див вище, див примітку',
  sr: 'nepoznato, nije navedeno, nije dostupno, nije poznato, nema podataka, vidi gore, vidi napomenu, vidi napomene, непознато, није наведено, нема података',
  sl: 'neznano, ni podatka, ni na voljo, ni navedeno, ni znano, glej zgoraj, glej opombe, glej opombo',
  el: 'άγνωστο, άγνωστη, άγνωστος, δεν υπάρχει, μη διαθέσιμο, δεν ορίστηκε, δεν ισχύει, βλ παραπάνω, βλέπε παραπάνω, βλέπε σημειώσεις, agnosto',
  tr: 'bilinmiyor, belirtilmemiş, belirtilmedi, mevcut değil, uygulanamaz, yukarıdaki gibi, yukarıya bakınız, notlara bakınız, bilgi yok, adres yok',
  et: 'puudub, teadmata, määramata, andmed puuduvad, vaata ülalt, vaata märkusi',
  lv: 'nezināms, nezināma, nav norādīts, nav zināms, nav datu, skatīt piezīmes, skatīt augstāk',
  lt: 'nežinoma, nežinomas, nenurodyta, nenurodytas, nėra duomenų, žr aukščiau, žr pastabas',
  is: 'óþekkt, ekki tilgreint, ekki til, sjá að ofan, sjá athugasemdir',
  id: 'tidak ada, tidak diketahui, tidak tersedia, tidak berlaku, belum ada, belum diisi, tidak diisi, lihat catatan, lihat di atas, sama seperti di atas',
  ms: 'tiada maklumat, tidak berkenaan, tiada alamat, lihat nota, seperti di atas',
  vi: 'không có, không rõ, không xác định, chưa có, chưa cập nhật, xem ghi chú, như trên',
  th: 'ไม่มี, ไม่ระบุ, ไม่ทราบ, ไม่มีข้อมูล',
  he: 'אין, לא ידוע, לא צוין, לא זמין, לא רלוונטי, ראה הערות',
  ar: 'لا يوجد, غير معروف, غير متوفر, غير محدد, لا شيء, غير متاح, لا ينطبق',
  hi: 'कोई नहीं, अज्ञात, उपलब्ध नहीं, लागू नहीं',
  ja: 'なし, 無し, 未定, 未設定, 未入力, 不明, 該当なし, 空欄, 同上, 備考参照',
  zh: '无, 無, 未知, 不详, 不詳, 未填, 未填写, 未提供, 暂无, 暫無, 同上, 见备注, 見備註, 待定, 不适用, 不適用',
  ko: '없음, 미정, 미입력, 미상, 알수없음, 해당없음, 상동, 비고참조',
};

/** Of the words below, those that are no name either. "Null" and "Nil" are family names, "Nil" and "Na" first names too. */
export const noFamilyName: WordsByLanguage = { en: 'none' };
export const noFirstName: WordsByLanguage = { en: 'none, null' };

/** These are family names as well: they mean "nothing" only where no name of a person stands. */
export const wordsForNothingButNames: WordsByLanguage = {
  en: 'none, null, nil, blank, empty, missing, na, no, false, deleted, removed, test',
  de: 'keine, keiner, kein, keines, fehlt, leer, folgt',
  fr: 'aucun, aucune, vide, idem, rien, nul, nulle, manquant',
  es: 'ninguno, ninguna, vacío, vacía, pendiente, ídem, nulo, falta, nada',
  pt: 'nenhum, nenhuma, vazio, vazia, pendente',
  it: 'nessuno, nessuna, vuoto, vuota, nullo, assente, mancante',
  nl: 'geen, leeg, ontbreekt, nvt, ntb',
  sv: 'ingen, inget, inga',
  da: 'intet, mangler',
  fi: 'ei ole, tyhjä',
  pl: 'brak, puste',
  cs: 'žádný, žádná, žádné, není, prázdné, chybí',
  sk: 'žiadny, žiadna, žiadne, nie je, prázdne, chýba',
  hu: 'nincs, üres, hiányzik',
  ro: 'niciuna, niciunul, lipsă, lipsește, gol',
  bg: 'няма, липсва, празно',
  ru: 'нет, пусто',
  uk: 'немає, нема, порожньо',
  sr: 'nema, nema ga, prazno, нема',
  sl: 'brez, prazno',
  el: 'κανένα, κανένας, κενό, όχι, kanena, keno',
  tr: 'yok, boş, hiç',
  et: 'ei ole, tühi',
  lv: 'nav, tukšs',
  lt: 'nėra, tuščia',
  is: 'ekkert, vantar, tómt',
  id: 'kosong, nihil',
  ms: 'tiada',
  tl: 'wala',
  zh: '空',
};

/** These are also companies: they mean "nothing" for an address and a phone number alone. */
export const wordsForNoAddress: WordsByLanguage = {
  en: 'x, street, address, line 1, same, private, confidential, hidden, default, string, value, text, ask, remote, true, yes, select, choose, various, multiple, wfh, work from home, delete, ignore, pending, ditto, void, nothing, xyz, abc',
  cs: 'nic',
  es: 'dirección, calle',
  fr: 'adresse, rue',
  it: 'indirizzo, via',
  nl: 'adres, straat',
  pt: 'endereço, morada, rua',
  de: 'straße, anschrift, dito, offen, nix, homeoffice, home office',
  fi: 'ei',
  pl: 'jw',
  sv: 'tom, tomt',
};

/**
 * The initials of the same: not available, keine Angabe, sans objet, ikke angivet … In names they are taken for initials
 * unless they are written with a slash, or with dots in small letters.
 */
export const initialsForNothing =
  'n a, n d, n b, n v, n k, n p, n c, n r, n n, n s, n v t, n t b, k a, o a, s o, s d, s i, s n, s n b, i a, i t, e t, b d, b r, н д, н а, т б д'.split(
    ', ',
  );

/** Error values of spreadsheets that end in no mark; those of every language that do are recognised by their form. */
export const spreadsheetErrors =
  '#N/A, #NA, #NV, #N/D, #N/B, #I/T, #YOK, #HIÁNYZIK, #NENÍ_K_DISPOZICI, #Н/Д, #N/DISP, #NEDOSTUPNÝ, #GETTING_DATA, #SAKNAS, #PUUTTUU, #REF, #VALUE, #NAME, #NUM, #NULL, #DIV/0, #WERT, #BEZUG, #ZAHL'.split(
    ', ',
  );

/** Cities that are called like a word for nothing, by that word's key, with their countries. */
export const citiesCalledNothing: ReadonlyMap<string, readonly string[]> = new Map([
  ['ask', ['DK', 'NO', 'SE']],
  ['ei', ['JP']],
  ['falta', ['IN']],
  ['gol', ['NO']],
  ['ingen', ['NP']],
  ['leer', ['DE']],
  ['nada', ['CN', 'JP', 'NP', 'US']],
  ['nan', ['TH']],
  ['nema', ['MR']],
  ['none', ['IT']],
  ['nothing', ['US']],
  ['remote', ['US']],
  ['street', ['GB']],
  ['same', ['TL', 'TZ']],
  ['void', ['FR']],
]);
