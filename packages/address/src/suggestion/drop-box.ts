import { postcodeValidator, postcodeValidatorExistsForCountry } from 'postcode-validator';

import type { RuleContext } from '../field-state.ts';
import { findBox, fold } from '../rules/boxes/find-box.ts';
import { languagesOf } from './abbreviate.ts';
import { streetWordsByLanguage } from './abbreviations.ts';
import type { Loss } from './losses.ts';

const separators = /[,;|]|\s[/\u2013-]\s/u;

/** The street beside a post office box. None where no street with a number is left: a courier finds no floor or suite alone. */
export const dropBox: Loss = (value, context) => {
  if (findBox(value, context) === null) return [value];
  const lines = value.split('\n').map((line) =>
    line
      .split(separators)
      .map((part) => beforeBox(part.trim(), context))
      .filter((part) => part !== '' && !isPostalPlace(part, context)),
  );
  if (!lines.flat().some((part) => isStreet(part, context))) return [];
  const street = lines.map((parts) => parts.join(', ')).filter((line) => line !== '');
  return [street.join('\n')];
};

/** The part where no box is in it, else the street in front of the box. */
function beforeBox(part: string, context: RuleContext): string {
  const at = findBox(part, context);
  if (at === null) return part;
  const before = part.slice(0, at).trim();
  return fold(part).length === part.length && isStreet(before, context) ? before : '';
}

/** Parts of a building, by how they are written with their number. */
const insideWords =
  'level,lvl,floor,fl,suite,ste,unit,apt,apartment,flat,room,rm,office,ofc,shop,building,bldg,block,blk,tower,wing,gate,house,stand,desk,plot,lot,stall,bay,hangar,villa,warehouse,dept,department,etage,stock,stockwerk,og,eg,dg,whg,wohnung,top,tur,haus,gebaude,geb,zimmer,raum,buro,appartement,appt,batiment,bat,escalier,esc,bureau,immeuble,imm,piso,planta,puerta,oficina,of,local,edificio,edif,depto,departamento,apto,andar,sala,bloco,conjunto,loja,piano,scala,interno,int,palazzo,verdieping,kamer,gebouw,bus,bte,boite,vaning,lgh,etasje,sal,lejlighed,kerros,huoneisto,pietro,lokal,mieszkanie,pokoj,patro,byt,poschodie,emelet,ajto,etaj,ap,bl,sc,kat,daire,lantai,lt,tingkat,gedung,postamt,filiale,up,ppt,stn,station';
const inside = new RegExp(
  String.raw`(?<!\p{L})(?:\d+(?:st|nd|rd|th|e|er|eme|o|a|\.)?[ .\-/]*(?:${insideWords.replaceAll(',', '|')}|f)(?!\p{L})|(?:${insideWords.replaceAll(',', '|')})(?!\p{L})[ .:#]*(?:no|nr)?[ .]*(?:\p{L}?-?\d+\p{L}?|\p{L}(?!\p{L}))(?:[\-/]\d+)?)`,
  'gu',
);
const notAStreet =
  /^(?:attn|att|attention|zhd|z\. ?hd|zu handen|c\/o|c\/-|care of|dept|department|abt|abteilung|service|servicio|tel|telefon|telephone|phone|mobile?|mob|fax|cell|a l'attention|aan|t\.a\.v|fao|via)(?!\p{L})[.:]*/u;

/** A number, and a word that is no part of a building, of a person's or department's name, or of a city with its code. */
function isStreet(part: string, context: RuleContext): boolean {
  const folded = fold(part);
  if (notAStreet.test(folded) && !hasStreetWord(folded, context)) return false;
  const outside = folded.replaceAll(inside, ' ');
  return /\p{L}{3}/u.test(outside) && /\d/.test(outside) && !isPostalPlace(part, context);
}

/** "8021 Zürich", "Nairobi 00100", "London SW1A 1AA": a postal code with a city and nothing else. */
function isPostalPlace(part: string, context: RuleContext): boolean {
  const { countryCode } = context;
  if (countryCode === null || !postcodeValidatorExistsForCountry(countryCode)) return false;
  const words = part.replace(/^[A-Za-z]{1,3}-(?=\d)/, '').split(' ');
  const isCode = (...tokens: string[]): boolean =>
    [tokens.join(' '), tokens.join('')].some(
      (code) => code !== '' && postcodeValidator(code.toUpperCase(), countryCode),
    );
  const ends = [words.slice(0, 1), words.slice(0, 2), words.slice(-1), words.slice(-2)];
  return ends.some((end) => isCode(...end)) && !hasStreetWord(fold(part), context);
}

const wordsByCountry = new Map<string, ReadonlySet<string>>();

/** Whether it has a word for a street in a language of its country, alone or at the end of a word. */
function hasStreetWord(folded: string, { countryCode }: RuleContext): boolean {
  const words = streetWordsOf(countryCode ?? 'US');
  return folded
    .split(/[^\p{L}]+/u)
    .some((word) => words.has(word) || [...words].some((one) => one.length >= 5 && word.endsWith(one)));
}

function streetWordsOf(country: string): ReadonlySet<string> {
  const known = wordsByCountry.get(country);
  if (known !== undefined) return known;
  const pairs = languagesOf(country).flatMap((language) => streetWordsByLanguage.get(language) ?? []);
  const words = pairs.flatMap(([full, short]) => [full, short].map((word) => fold(word).replace(/[-.]/g, '')));
  const made = new Set([...words.filter((word) => word.length >= 2 && !insideList.has(word)), ...moreStreetWords]);
  wordsByCountry.set(country, made);
  return made;
}

const insideList: ReadonlySet<string> = new Set(insideWords.split(','));
/** Words for streets that have no short form in the tables of abbreviations. */
const moreStreetWords: readonly string[] =
  'street,road,strasse,strase,gasse,weg,allee,ufer,damm,rue,quai,cours,calle,via,rua,straat,gracht,kade,gatan,vagen,gade,vej,gata,veien,katu,tie,ulica,ul,utca,ut,jalan,jl'.split(
    ',',
  );
