import { at, held, heldWith, ships, type Row } from '../address-row.ts';

/** Two lines a row: the address, and the verdict. */
// oxfmt-ignore
export const middleEastAndAfrica: readonly Row[] = [
  ['an Emirati address without a postal code', at(['Villa 12, 5th Street, Example District', 'Dubai', 'Dubai', '', 'UAE', '050 123 4567']),
    ships({ countryCode: 'AE', primaryPhone: '+971501234567' }, 'primaryPhone phone_to_e164', 'countryCode country_name_to_code')],
  ['an Emirati post office box', at(['Example Tower, P. O. Box 1234', 'Dubai', '', '', 'AE', '+971501234567']),
    held('streetAddress po_box')],
  ['a Qatari address with a dash for its postal code', at(['Building 5, Street 850, Zone 61', 'Doha', '', '-', 'QA', '3312 3456']),
    ships({ zipCode: '', primaryPhone: '+97433123456' }, 'primaryPhone phone_to_e164', 'zipCode placeholder_removed')],
  ['a Nigerian address without its optional code', at(['14 Example Crescent, Ikeja', 'Lagos', 'Lagos', '', 'NG', '0802 123 4567']),
    ships({ primaryPhone: '+2348021234567' }, 'primaryPhone phone_to_e164')],
  ['an Israeli address', at(['Rehov HaDugma 5', 'Tel Aviv', '', '6100001', 'IL', '050-234-5678']),
    ships({ primaryPhone: '+972502345678' }, 'primaryPhone phone_to_e164')],
  ['a South African address', at(['18 Sample Road, Rondebosch', 'Cape Town', '', '7700', 'ZA', '071 123 4567']),
    ships({ primaryPhone: '+27711234567' }, 'primaryPhone phone_to_e164')],
  ['a Saudi address', at(['1234 Example Street, Unit 5', 'Riyadh', '', '12211-6789', 'SA', '051 234 5678']),
    ships({ primaryPhone: '+966512345678' }, 'primaryPhone phone_to_e164')],
  ['an Egyptian address in Arabic, which leaves vowels out', at(['5 شارع المثال', 'القاهرة', '', '11511', 'EG', '+201001234567']),
    held('streetAddress not_deliverable_script', 'city not_deliverable_script')],
  ['an Israeli address in Hebrew', at(['רחוב הדוגמה 5', 'תל אביב', '', '6100001', 'IL', '+972502345678']),
    held('streetAddress not_deliverable_script', 'city not_deliverable_script')],
  ['an Emirati street beside a box, on a line of its own', at(['Villa 12, 5th Street\nP.O. Box 1234', 'Dubai', 'Dubai', '', 'AE', '+971501234567']),
    heldWith({ streetAddress: 'Villa 12, 5th Street' }, 'streetAddress po_box')],
  ['a Kenyan box', at(['P.O. Box 12345', 'Nairobi', '', '00100', 'KE', '+254712123456']),
    held('streetAddress po_box')],
  ['a Kenyan address', at(['Example House, 3rd Floor, Sample Road', 'Nairobi', '', '00100', 'KE', '0712 123456']),
    ships({ primaryPhone: '+254712123456' }, 'primaryPhone phone_to_e164')],
  ['a Moroccan address', at(['5, rue de l’Exemple', 'Casablanca', '', '20000', 'Maroc', '0650-123456']),
    ships({ countryCode: 'MA', primaryPhone: '+212650123456' }, 'primaryPhone phone_to_e164', 'countryCode country_name_to_code')],
  ['a South African private bag', at(['Private Bag X12', 'Pretoria', '', '0001', 'ZA', '+27711234567']),
    held('streetAddress po_box')],
];
