/**
 * Countries with cities that lie in them. In `postal` and `phone`, `#` is any digit and `@` any of
 * the letters that the country uses; `{area}` is the dialling code of the city.
 *
 * @typedef {{ city: string, region: string, area: string, postal: string, weight: number }} City
 * @typedef {{ code: string, name: string, share: number, cultures: Record<string, number>, phone: string, mobile: string, legal: Record<string, number>, streets: string[], numberFirst?: boolean, cities: City[] }} Country
 */

/**
 * @param {string} city @param {string} region @param {string} area @param {string} postal
 * @param {number} [weight]
 * @returns {City}
 */
const city = (city, region, area, postal, weight = 1) => ({ city, region, area, postal, weight });

/** @type {readonly Country[]} */
export const COUNTRIES = [
  {
    code: 'us',
    name: 'United States',
    share: 26,
    numberFirst: true,
    cultures: {
      english: 60,
      spanish: 14,
      indian: 7,
      chinese: 6,
      korean: 3,
      german: 3,
      italian: 3,
      nigerian: 2,
      arabic: 2,
    },
    phone: '+1 {area} 555 01##',
    mobile: '+1 {area} 555 01##',
    legal: { 'Inc.': 6, LLC: 4, 'Corp.': 2, Group: 1 },
    streets: [
      'Main Street',
      'Oak Avenue',
      'Market Street',
      'Lakeview Drive',
      'Industrial Parkway',
      'Broadway',
      'Cedar Lane',
    ],
    cities: [
      city('New York', 'New York', '212', '100##', 5),
      city('Chicago', 'Illinois', '312', '606##', 3),
      city('Austin', 'Texas', '512', '787##', 2),
      city('San Francisco', 'California', '415', '941##', 3),
      city('Seattle', 'Washington', '206', '981##', 2),
      city('Boston', 'Massachusetts', '617', '021##', 2),
      city('Atlanta', 'Georgia', '404', '303##', 2),
      city('Denver', 'Colorado', '303', '802##'),
      city('Minneapolis', 'Minnesota', '612', '554##'),
      city('Columbus', 'Ohio', '614', '432##'),
    ],
  },
  {
    code: 'de',
    name: 'Germany',
    share: 12,
    cultures: { german: 80, turkish: 8, polish: 5, italian: 3, english: 2, arabic: 2 },
    phone: '+49 {area} #######',
    mobile: '+49 17# #######',
    legal: { GmbH: 7, AG: 2, 'GmbH & Co. KG': 2, SE: 1 },
    streets: [
      'Hauptstraße',
      'Bahnhofstraße',
      'Gartenweg',
      'Industriestraße',
      'Lindenallee',
      'Schillerstraße',
    ],
    cities: [
      city('Berlin', 'Berlin', '30', '101##', 3),
      city('München', 'Bayern', '89', '803##', 3),
      city('Hamburg', 'Hamburg', '40', '200##', 2),
      city('Köln', 'Nordrhein-Westfalen', '221', '506##', 2),
      city('Stuttgart', 'Baden-Württemberg', '711', '701##', 2),
      city('Leipzig', 'Sachsen', '341', '041##'),
    ],
  },
  {
    code: 'gb',
    name: 'United Kingdom',
    share: 10,
    numberFirst: true,
    cultures: { english: 78, indian: 9, polish: 4, nigerian: 4, arabic: 2, french: 2, chinese: 1 },
    phone: '+44 {area} 0###',
    mobile: '+44 7700 900###',
    legal: { Ltd: 7, plc: 2, LLP: 1, Group: 1 },
    streets: [
      'High Street',
      'Station Road',
      'Church Lane',
      'Victoria Road',
      'King Street',
      'Mill Lane',
    ],
    cities: [
      city('London', 'England', '20 7946', 'EC#A #@@', 6),
      city('Manchester', 'England', '161 496', 'M# #@@', 2),
      city('Birmingham', 'England', '121 496', 'B# #@@', 2),
      city('Edinburgh', 'Scotland', '131 496', 'EH# #@@'),
      city('Cardiff', 'Wales', '29 2018', 'CF# #@@'),
    ],
  },
  {
    code: 'fr',
    name: 'France',
    share: 7,
    cultures: { french: 84, arabic: 7, portuguese: 3, spanish: 3, italian: 2, english: 1 },
    phone: '+33 {area} ## ## ## ##',
    mobile: '+33 6 ## ## ## ##',
    legal: { SAS: 5, SARL: 3, SA: 2 },
    streets: [
      'rue de la République',
      'avenue Victor Hugo',
      'rue du Moulin',
      'boulevard Voltaire',
      'rue des Écoles',
    ],
    cities: [
      city('Paris', 'Île-de-France', '1', '750##', 5),
      city('Lyon', 'Auvergne-Rhône-Alpes', '4', '690##', 2),
      city('Toulouse', 'Occitanie', '5', '310##'),
      city('Nantes', 'Pays de la Loire', '2', '440##'),
    ],
  },
  {
    code: 'in',
    name: 'India',
    share: 7,
    cultures: { indian: 97, english: 3 },
    phone: '+91 {area} #### ####',
    mobile: '+91 9#### #####',
    legal: { 'Pvt Ltd': 7, Ltd: 3, LLP: 1 },
    streets: ['MG Road', 'Station Road', 'Nehru Marg', 'Residency Road', 'Ring Road'],
    cities: [
      city('Mumbai', 'Maharashtra', '22', '4000##', 3),
      city('Bengaluru', 'Karnataka', '80', '5600##', 3),
      city('New Delhi', 'Delhi', '11', '1100##', 2),
      city('Chennai', 'Tamil Nadu', '44', '6000##'),
      city('Pune', 'Maharashtra', '20', '4110##'),
    ],
  },
  {
    code: 'jp',
    name: 'Japan',
    share: 5,
    cultures: { japanese: 97, english: 2, korean: 1 },
    phone: '+81 {area} #### ####',
    mobile: '+81 90 #### ####',
    legal: { 'K.K.': 4, 'Co., Ltd.': 6 },
    streets: ['Chuo', 'Sakura-dori', 'Honcho', 'Minami-machi', 'Ginza'],
    cities: [
      city('Tokyo', 'Tokyo', '3', '10#-00##', 4),
      city('Osaka', 'Osaka', '6', '53#-00##', 2),
      city('Nagoya', 'Aichi', '52', '45#-00##'),
    ],
  },
  {
    code: 'cn',
    name: 'China',
    share: 5,
    cultures: { chinese: 98, english: 2 },
    phone: '+86 {area} #### ####',
    mobile: '+86 13# #### ####',
    legal: { 'Co., Ltd.': 8, Group: 2 },
    streets: ['Nanjing Road', 'Zhongshan Road', 'Renmin Road', 'Jianguo Road', 'Heping Road'],
    cities: [
      city('Shanghai', 'Shanghai', '21', '2000##', 3),
      city('Beijing', 'Beijing', '10', '1000##', 2),
      city('Shenzhen', 'Guangdong', '755', '5180##', 2),
      city('Chengdu', 'Sichuan', '28', '6100##'),
    ],
  },
  {
    code: 'ca',
    name: 'Canada',
    share: 4,
    numberFirst: true,
    cultures: { english: 62, french: 20, indian: 7, chinese: 7, arabic: 2, italian: 2 },
    phone: '+1 {area} 555 01##',
    mobile: '+1 {area} 555 01##',
    legal: { 'Inc.': 6, Ltd: 4 },
    streets: ['King Street', 'Maple Avenue', 'Queen Street', 'Lakeshore Road', 'Elm Street'],
    cities: [
      city('Toronto', 'Ontario', '416', 'M#@ #@#', 3),
      city('Montréal', 'Québec', '514', 'H#@ #@#', 2),
      city('Vancouver', 'British Columbia', '604', 'V#@ #@#', 2),
    ],
  },
  {
    code: 'br',
    name: 'Brazil',
    share: 4,
    cultures: { portuguese: 92, italian: 4, japanese: 3, german: 1 },
    phone: '+55 {area} #### ####',
    mobile: '+55 {area} 9#### ####',
    legal: { Ltda: 6, 'S.A.': 4 },
    streets: ['Rua das Flores', 'Avenida Paulista', 'Rua Sete de Setembro', 'Avenida Brasil'],
    cities: [
      city('São Paulo', 'São Paulo', '11', '01###-###', 3),
      city('Rio de Janeiro', 'Rio de Janeiro', '21', '20###-###', 2),
      city('Curitiba', 'Paraná', '41', '80###-###'),
    ],
  },
  {
    code: 'nl',
    name: 'Netherlands',
    share: 3,
    cultures: { dutch: 88, turkish: 4, arabic: 4, english: 2, german: 2 },
    phone: '+31 {area} ### ####',
    mobile: '+31 6 #### ####',
    legal: { 'B.V.': 8, 'N.V.': 1 },
    streets: ['Kerkstraat', 'Stationsweg', 'Molenweg', 'Dorpsstraat', 'Havenkade'],
    cities: [
      city('Amsterdam', 'Noord-Holland', '20', '10## @@', 3),
      city('Rotterdam', 'Zuid-Holland', '10', '30## @@', 2),
      city('Eindhoven', 'Noord-Brabant', '40', '56## @@'),
    ],
  },
  {
    code: 'es',
    name: 'Spain',
    share: 3,
    cultures: { spanish: 95, english: 3, arabic: 2 },
    phone: '+34 {area} ### ###',
    mobile: '+34 6## ### ###',
    legal: { 'S.L.': 6, 'S.A.': 3 },
    streets: ['Calle Mayor', 'Gran Vía', 'Calle del Carmen', 'Avenida de la Constitución'],
    cities: [
      city('Madrid', 'Comunidad de Madrid', '910', '280##', 3),
      city('Barcelona', 'Cataluña', '930', '080##', 3),
      city('Valencia', 'Comunidad Valenciana', '960', '460##'),
    ],
  },
  {
    code: 'it',
    name: 'Italy',
    share: 3,
    cultures: { italian: 95, arabic: 2, chinese: 2, english: 1 },
    phone: '+39 {area} ######',
    mobile: '+39 33# ######',
    legal: { 'S.r.l.': 6, 'S.p.A.': 4 },
    streets: ['Via Roma', 'Corso Italia', 'Via Garibaldi', 'Via Dante'],
    cities: [
      city('Milano', 'Lombardia', '02', '201##', 3),
      city('Roma', 'Lazio', '06', '001##', 2),
      city('Torino', 'Piemonte', '011', '101##'),
    ],
  },
  {
    code: 'au',
    name: 'Australia',
    share: 3,
    numberFirst: true,
    cultures: { english: 80, chinese: 8, indian: 7, italian: 3, arabic: 2 },
    phone: '+61 {area} 5550 ####',
    mobile: '+61 491 57# ###',
    legal: { 'Pty Ltd': 8, Ltd: 2 },
    streets: ['George Street', 'Collins Street', 'Bridge Road', 'Ocean Parade'],
    cities: [
      city('Sydney', 'New South Wales', '2', '20##', 3),
      city('Melbourne', 'Victoria', '3', '30##', 2),
      city('Brisbane', 'Queensland', '7', '40##'),
    ],
  },
  {
    code: 'mx',
    name: 'Mexico',
    share: 2,
    cultures: { spanish: 98, english: 2 },
    phone: '+52 {area} #### ####',
    mobile: '+52 {area} #### ####',
    legal: { 'S.A. de C.V.': 8, 'S. de R.L.': 2 },
    streets: ['Avenida Reforma', 'Calle Hidalgo', 'Avenida Juárez', 'Calle Morelos'],
    cities: [
      city('Ciudad de México', 'Ciudad de México', '55', '06###', 3),
      city('Guadalajara', 'Jalisco', '33', '44###'),
      city('Monterrey', 'Nuevo León', '81', '64###'),
    ],
  },
  {
    code: 'pl',
    name: 'Poland',
    share: 2,
    cultures: { polish: 98, english: 2 },
    phone: '+48 {area} ### ## ##',
    mobile: '+48 50# ### ###',
    legal: { 'Sp. z o.o.': 7, 'S.A.': 3 },
    streets: ['ul. Mickiewicza', 'ul. Długa', 'ul. Polna', 'Aleje Jerozolimskie'],
    cities: [
      city('Warszawa', 'Mazowieckie', '22', '00-###', 3),
      city('Kraków', 'Małopolskie', '12', '30-###', 2),
      city('Wrocław', 'Dolnośląskie', '71', '50-###'),
    ],
  },
  {
    code: 'se',
    name: 'Sweden',
    share: 2,
    cultures: { swedish: 92, arabic: 3, polish: 2, english: 3 },
    phone: '+46 {area} ### ## ##',
    mobile: '+46 70 ### ## ##',
    legal: { AB: 10 },
    streets: ['Storgatan', 'Kungsgatan', 'Skolvägen', 'Hamngatan'],
    cities: [
      city('Stockholm', 'Stockholms län', '8', '11# ##', 3),
      city('Göteborg', 'Västra Götalands län', '31', '41# ##', 2),
      city('Malmö', 'Skåne län', '40', '21# ##'),
    ],
  },
  {
    code: 'kr',
    name: 'South Korea',
    share: 2,
    cultures: { korean: 98, english: 2 },
    phone: '+82 {area} ### ####',
    mobile: '+82 10 #### ####',
    legal: { 'Co., Ltd.': 9, 'Corp.': 1 },
    streets: ['Teheran-ro', 'Sejong-daero', 'Gangnam-daero', 'Centum jungang-ro'],
    cities: [city('Seoul', 'Seoul', '2', '06###', 4), city('Busan', 'Busan', '51', '48###')],
  },
  {
    code: 'tr',
    name: 'Türkiye',
    share: 2,
    cultures: { turkish: 98, english: 2 },
    phone: '+90 {area} ### ## ##',
    mobile: '+90 53# ### ## ##',
    legal: { 'A.Ş.': 6, 'Ltd. Şti.': 4 },
    streets: ['Atatürk Caddesi', 'İstiklal Caddesi', 'Cumhuriyet Bulvarı', 'Gül Sokak'],
    cities: [
      city('İstanbul', 'İstanbul', '212', '34###', 3),
      city('Ankara', 'Ankara', '312', '06###'),
      city('İzmir', 'İzmir', '232', '35###'),
    ],
  },
  {
    code: 'eg',
    name: 'Egypt',
    share: 1,
    cultures: { arabic: 98, english: 2 },
    phone: '+20 {area} ### ####',
    mobile: '+20 10# ### ####',
    legal: { SAE: 6, LLC: 4 },
    streets: ['Tahrir Street', 'Nile Corniche', 'Ramses Street'],
    cities: [
      city('Cairo', 'Cairo', '2', '11###', 3),
      city('Alexandria', 'Alexandria', '3', '21###'),
    ],
  },
  {
    code: 'ke',
    name: 'Kenya',
    share: 1,
    cultures: { kenyan: 92, indian: 4, english: 4 },
    phone: '+254 {area} ### ####',
    mobile: '+254 7## ### ###',
    legal: { Ltd: 9, plc: 1 },
    streets: ['Kenyatta Avenue', 'Moi Avenue', 'Ngong Road'],
    cities: [
      city('Nairobi', 'Nairobi', '20', '001##', 3),
      city('Mombasa', 'Mombasa', '41', '801##'),
    ],
  },
  {
    code: 'ng',
    name: 'Nigeria',
    share: 1,
    cultures: { nigerian: 97, english: 3 },
    phone: '+234 {area} ### ####',
    mobile: '+234 80# ### ####',
    legal: { Ltd: 8, plc: 2 },
    streets: ['Broad Street', 'Awolowo Road', 'Adeola Odeku Street'],
    cities: [
      city('Lagos', 'Lagos', '1', '100###', 3),
      city('Abuja', 'Federal Capital Territory', '9', '900###'),
    ],
  },
];

const LETTERS = 'ABCEGHJKLMNPRSTVXY';

/**
 * Fills `#` with digits and `@` with letters.
 * @param {import('./random.js').Random} random
 * @param {string} pattern
 */
export function fill(random, pattern) {
  return pattern.replaceAll(/[#@]/g, (mark) =>
    mark === '#' ? String(random.integer(0, 9)) : LETTERS[random.integer(0, LETTERS.length - 1)],
  );
}

/**
 * A place to be: country, city and the means to make addresses and numbers there.
 * @typedef {{ country: Country, city: City }} Place
 * @param {import('./random.js').Random} random
 * @returns {Place}
 */
export function createPlace(random) {
  const shares = Object.fromEntries(COUNTRIES.map((country, index) => [index, country.share]));
  const country = COUNTRIES[Number(random.weighted(shares))];
  const weights = Object.fromEntries(country.cities.map((entry, index) => [index, entry.weight]));
  return { country, city: country.cities[Number(random.weighted(weights))] };
}

/** @param {import('./random.js').Random} random @param {Place} place */
export function createStreet(random, { country }) {
  const number = random.integer(1, 240);
  const street = random.pick(country.streets);
  return country.numberFirst === true ? `${number} ${street}` : `${street} ${number}`;
}

/** @param {import('./random.js').Random} random @param {Place} place @param {'phone' | 'mobile'} kind */
export function createPhone(random, place, kind) {
  return fill(random, place.country[kind].replace('{area}', place.city.area));
}
