import { at, held, heldWith, ships, type Row } from '../address-row.ts';

/** Two lines a row: the address, and the verdict. */
// oxfmt-ignore
export const latinAmerica: readonly Row[] = [
  ['a Brazilian street that takes two lines, broken at a space',
    at(['Avenida Professor Doutor Exemplo da Silva Sauro de Albuquerque 1234 apto 56', 'São Paulo', 'SP', '01310-100', 'Brasil', '(11) 96123-4567']),
    ships({ streetLine1: 'Avenida Professor Doutor Exemplo da Silva Sauro de', streetLine2: 'Albuquerque 1234 apto 56', countryCode: 'BR', primaryPhone: '+5511961234567' },
      'primaryPhone phone_to_e164', 'streetAddress street_split', 'countryCode country_name_to_code')],
  ['a Mexican address', at(['Calle Ejemplo 12, Col. Muestra', 'Ciudad de México', 'CDMX', '06600', 'México', '222 123 4567']),
    ships({ countryCode: 'MX', primaryPhone: '+522221234567' }, 'primaryPhone phone_to_e164', 'countryCode country_name_to_code')],
  ['an Argentine postal code keeps its shape', at(['Av. Ejemplo 1234, 5º B', 'Buenos Aires', '', 'c1420abc', 'AR', '+5491123456789']),
    ships({ zipCode: 'C1420ABC' }, 'zipCode upper_cased')],
  ['an Argentine postal code of four digits', at(['Av. Ejemplo 1234, 5º B', 'Rosario', 'Santa Fe', '2000', 'AR', '+5491123456789']),
    ships()],
  ['a Chilean code with a hyphen', at(['Av. Ejemplo 123, depto. 45', 'Santiago', '', '832-0000', 'CL', '+56221234567']),
    ships({ zipCode: '8320000' }, 'zipCode postal_code_respaced')],
  ['a Colombian address', at(['Carrera 7 # 12-34, Apto. 501', 'Bogotá', 'Cundinamarca', '110111', 'CO', '300 123 4567']),
    ships({ primaryPhone: '+573001234567' }, 'primaryPhone phone_to_e164')],
  ['a Peruvian address', at(['Av. Ejemplo 123, Dpto. 401', 'Lima', 'Lima', '15001', 'Perú', '+51912345678']),
    ships({ countryCode: 'PE' }, 'countryCode country_name_to_code')],
  ['a Costa Rican address that is a description of the way', at(['200 m norte de la iglesia de Ejemplo, casa esquinera verde', 'San José', 'San José', '10101', 'CR', '8312 3456']),
    ships({ primaryPhone: '+50683123456' }, 'primaryPhone phone_to_e164')],
  ['a Uruguayan address', at(['Av. 18 de Ejemplo 1234/501', 'Montevideo', '', '11100', 'URY', '094 231 234']),
    ships({ countryCode: 'UY', primaryPhone: '+59894231234' }, 'primaryPhone phone_to_e164', 'countryCode country_alpha3_to_alpha2')],
  ['a Mexican street beside a box', at(['Calle Ejemplo 12, Apartado Postal 34', 'Mérida', 'Yuc.', '97000', 'MX', '+522221234567']),
    heldWith({ streetAddress: 'Calle Ejemplo 12' }, 'streetAddress po_box')],
  ['a Brazilian box', at(['Caixa Postal 123', 'Manaus', 'AM', '69005-000', 'BR', '+5511961234567']),
    held('streetAddress po_box')],
  ['a Brazilian code that lost its zero', at(['Rua do Exemplo 12', 'São Paulo', 'SP', '1310-100', 'BR', '+5511961234567']),
    heldWith({ zipCode: '01310-100' }, 'zipCode not_a_postal_code')],
];
