/** A word or words in lower case, and the short form; with a dash before it, the end of a longer word. */
export type Words = readonly (readonly [full: string, short: string])[];

/** "avenue ave, boulevard blvd" as words; a short form is what stands after the last space. */
const parse = (...lines: readonly string[]): Words =>
  lines
    .flatMap((line) => line.split(', '))
    .map((entry) => [entry.slice(0, entry.lastIndexOf(' ')), entry.slice(entry.lastIndexOf(' ') + 1)] as const);

/**
 * Words of streets, by ISO 639-1. Sources: English from USPS Publication 28, appendices B, C1 and C2; the others from the
 * dictionaries of libpostal (github.com/openvenues/libpostal, `resources/dictionaries`, MIT), in the form most used.
 */
export const streetWordsByLanguage: ReadonlyMap<string, Words> = new Map([
  [
    'en',
    parse(
      'alley aly, avenue ave, boulevard blvd, bridge brg, center ctr, centre ctr, circle cir, court ct, crescent cres',
      'drive dr, estate est, estates ests, expressway expy, freeway fwy, garden gdn, gardens gdns, grove grv, heights hts',
      'highway hwy, island is, junction jct, landing lndg, lane ln, manor mnr, meadows mdws, mount mt, mountain mtn',
      'parkway pkwy, place pl, plaza plz, point pt, ridge rdg, road rd, saint st, square sq, station sta, street st',
      'terrace ter, trail trl, turnpike tpke, valley vly, view vw, village vlg',
      'apartment apt, basement bsmt, building bldg, department dept, floor fl, lobby lbby, office ofc, penthouse PH',
      'room rm, space spc, suite ste, trailer trlr',
      'north N, northeast NE, northwest NW, south S, southeast SE, southwest SW, east E, west W',
    ),
  ],
  [
    'de',
    parse(
      '-straße str., -strasse str., straße str., strasse str., -platz pl., platz pl., -brücke br., brücke br.',
      'bahnhof bhf., bürgermeister bgm., doktor dr., professor prof., sankt st.',
      'gebäude geb., wohnung whg., erdgeschoss EG, obergeschoss OG, untergeschoss UG, dachgeschoss DG, nummer nr.',
    ),
  ],
  [
    'fr',
    parse(
      'allée all., allées all., avenue av., boulevard bd, carrefour carr., chemin ch., esplanade esp., faubourg fg',
      'hameau ham., impasse imp., lotissement lot., passage pass., place pl., promenade prom., quartier quart.',
      'résidence rés., route rte, square sq., terrasse tsse, saint st, sainte ste, docteur dr, général gal, maréchal mal',
      'professeur pr, appartement appt, bâtiment bât., escalier esc., étage ét., immeuble imm.',
      "zone industrielle ZI, zone d'activités ZA, zone d’activités ZA",
    ),
  ],
  [
    'es',
    parse(
      'alameda alam., avenida avda., boulevard blvd., bulevar blvr., callejón cjón., camino cno., carrera cra.',
      'carretera ctra., circuito cto., glorieta gta., paseo pso., plaza pza., prolongación prol., travesía trva.',
      'apartamento apto., bloque blq., colonia col., departamento depto., derecha dcha., doctor dr., edificio edif.',
      'fraccionamiento fracc., general gral., izquierda izda., manzana mz., número núm., polígono industrial PI',
      'profesor prof., residencial resid., urbanización urb.',
    ),
  ],
  [
    'pt',
    parse(
      'alameda al., avenida av., estrada estr., largo lg., praça pç., rodovia rod., rua r., travessa tv.',
      'apartamento apto., bloco bl., condomínio cond., conjunto conj., coronel cel., doutor dr., edifício ed.',
      'engenheiro eng., general gen., número n.º, professor prof., professora profa., quadra qd.',
    ),
  ],
  [
    'it',
    parse(
      'corso c.so, largo l.go, piazza p.za, piazzale p.le, viale v.le, vicolo v.lo, strada str.',
      'appartamento app., interno int., palazzo pal., scala sc., professor prof., dottor dott., san s., santa s.ta',
    ),
  ],
  [
    'nl',
    parse(
      '-straat str., straat str., -plein pln., plein pln., -laan ln., laan ln., burgemeester burg., professor prof.',
      'doctor dr., sint st., gebouw geb., verdieping verd., appartement app.',
    ),
  ],
  ['sv', parse('-gatan g., -vägen v., våning vån., lägenhet lgh, sankt s:t')],
  ['nb', parse('-gata gt., -gaten gt., -veien v., etasje et., leilighet leil.')],
  ['da', parse('-gade g., -vej v., etage et., lejlighed lejl., sankt skt., doktor dr.')],
  ['fi', parse('-katu k., -tie t., asunto as., huoneisto huon.')],
  [
    'pl',
    parse(
      'aleja al., aleje al., osiedle os., plac pl., ulica ul., mieszkanie m., generała gen., księdza ks., profesora prof.',
      'świętego św., świętej św.',
    ),
  ],
  ['cs', parse('náměstí nám., nábřeží nábř., třída tř., ulice ul., doktora dr., svatého sv.')],
  [
    'tr',
    parse(
      'apartmanı apt., bulvarı blv., caddesi cad., daire d., mahallesi mah., meydanı mey., numara no, sokağı sok., sokak sok.',
    ),
  ],
  ['id', parse('gang gg., jalan jl., kabupaten kab., kecamatan kec., kelurahan kel., komplek komp., nomor no.')],
]);

/**
 * Legal forms and words of organizations. Sources: USPS Publication 28, appendix G, for English words; libpostal's
 * `company_types`; the national company laws for the legal forms' own short forms.
 */
export const organizationWords: Words = [
  ['& company', '& co'],
  ['and company', '& co'],
  ['and', '&'],
  ['besloten vennootschap', 'BV'],
  ['gesellschaft mit beschränkter haftung', 'GmbH'],
  ['kommanditgesellschaft', 'KG'],
  ['limited liability company', 'LLC'],
  ['limited liability partnership', 'LLP'],
  ['naamloze vennootschap', 'NV'],
  ['private limited', 'pvt ltd'],
  ['proprietary limited', 'pty ltd'],
  ['public limited company', 'PLC'],
  ['sociedad anónima de capital variable', 'SA de CV'],
  ['sociedad anónima', 'SA'],
  ['sociedad de responsabilidad limitada', 'SRL'],
  ['sociedad limitada', 'SL'],
  ['sociedade anônima', 'SA'],
  ['sociedade limitada', 'ltda'],
  ['società a responsabilità limitata', 'Srl'],
  ['società per azioni', 'SpA'],
  ['société anonyme', 'SA'],
  ['société à responsabilité limitée', 'SARL'],
  ['société par actions simplifiée', 'SAS'],
  ['spółka akcyjna', 'SA'],
  ['spółka z ograniczoną odpowiedzialnością', 'sp. z o.o.'],
  ...parse(
    'aktiebolag AB, aktiengesellschaft AG, aktieselskab A/S, aksjeselskap AS, osakeyhtiö Oy, limitada ltda',
    '-gesellschaft ges., gesellschaft ges., genossenschaft gen., compagnie cie, compañía cía, companhia cia',
    'associates assoc, association assn, brothers bros, company co, cooperative coop, corporation corp, department dept',
    'engineering engr, enterprises entps, foundation fndtn, government govt, group grp, holding hldg, holdings hldgs',
    'hospital hosp, incorporated inc, industries inds, institute inst, insurance ins, international intl, laboratories labs',
    'laboratory lab, limited ltd, management mgmt, manufacturing mfg, national natl, partnership ptnshp',
    'research rsch, services svcs, society soc, systems sys, technologies techs, technology tech, university univ',
  ),
];

/** What an organization's name may end in without being part of it. */
export const legalForms: readonly string[] = [
  ...'AB,AG,A/S,AS,BV,Co,Co.,Company,Corp,Corporation,GbR,GmbH,gGmbH,Inc,Incorporated,KG,KGaA,Limited,LLC,LLP,Ltd'.split(
    ',',
  ),
  ...'Ltda,mbH,NV,OHG,Oy,Oyj,PLC,Pte,Pty,Pvt,S.A.,S.L.,S.p.A.,S.r.l.,SA,SA de CV,SARL,SAS,SE,SL,SpA,Srl,UG,e.V.'.split(
    ',',
  ),
  ...'B.V.,N.V.,d.o.o.,s.r.o.,sp. z o.o.,Kft.,Zrt.,A.Ş.,K.K.'.split(','),
];

/** Words in front of family names. Source: Duden, "Abkürzungen". */
export const nameWords: Words = parse(
  'freiherr frhr., freifrau frfr., von der v.d., von dem v.d., von v., zu z., van der v.d., van v.',
);
