import { divide, multiply } from '../decimal/arithmetic.js';
import { formatScaled, settle, toDecimal } from '../decimal/decimal.js';
import { roundNumber } from '../decimal/rounding.js';
import { noValue, type Site } from '../fault.js';
import type { FormulaValue, MoneyValue } from '../types.js';
import { num, str } from './arguments.js';
import { spendText } from './budget.js';
import { required, strict, type FunctionDefinition, type Run } from './definition.js';
import { jsonAt, readJson, stepsOf } from './json.js';

const EARTH_RADIUS_KM = 6_371.0088;
const KM_PER_MILE = 1.609344;
const CODE = /^[A-Z]{3}$/;
/** Currencies whose amounts do not have two places. */
const PLACES: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF'].map(
    (code) => [code, 0] as const,
  ),
  ...['UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
]);

/** Money, places on the globe and JSON. */
export const otherFunctions: readonly FunctionDefinition[] = [
  strict({
    name: 'FORMATCURRENCY',
    group: 'other',
    summary: 'The code and the amount with the places of that currency: `EUR 1,234.50`.',
    parameters: [required('code', 'text'), required('amount', 'number')],
    result: 'text',
    evaluate: formatCurrency,
  }),
  strict({
    name: 'CONVERTCURRENCY',
    group: 'other',
    summary: 'An amount of one currency in another, by the rates of the organization.',
    parameters: [required('amount', 'number'), required('from', 'text'), required('to', 'text')],
    result: 'currency',
    evaluate: convertCurrency,
  }),
  strict({
    name: 'GEOLOCATION',
    group: 'other',
    summary: 'The place with this latitude and longitude in degrees.',
    parameters: [required('latitude', 'number'), required('longitude', 'number')],
    result: 'location',
    evaluate: geolocation,
  }),
  strict({
    name: 'DISTANCE',
    group: 'other',
    summary: 'The distance of two places on the globe, in `km` or `mi`.',
    parameters: [
      required('from', 'location'),
      required('to', 'location'),
      required('unit', 'text'),
    ],
    result: 'number',
    evaluate: distance,
  }),
  strict({
    name: 'JSONVALUE',
    group: 'other',
    summary: 'The value of a key of a JSON object given as text.',
    parameters: [required('json', 'text'), required('key', 'text')],
    result: 'any',
    evaluate([json, key], run, site) {
      return read(json, [str(key, site)], { run, site });
    },
  }),
  strict({
    name: 'JSONPATHVALUE',
    group: 'other',
    summary: 'The value at a path such as `$.items[0].name` of JSON given as text.',
    parameters: [required('json', 'text'), required('path', 'text')],
    result: 'any',
    evaluate([json, path], run, site) {
      const steps = stepsOf(str(path, site));
      if (steps === undefined) throw noValue(site, 'needs a path like $.items[0].name');
      return read(json, steps, { run, site });
    },
  }),
];

type Values = readonly FormulaValue[];

function formatCurrency([code, amount]: Values, _run: Run, site: Site): FormulaValue {
  const currency = currencyCode(code, site);
  const places = PLACES.get(currency) ?? 2;
  const value = settle(toDecimal(roundNumber(num(amount, site), places, 'half-up')));
  const coefficient = value.coefficient * 10n ** BigInt(Math.max(0, places - value.scale));
  const digits = formatScaled(coefficient, places);
  const [whole = '', fraction] = digits.split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${currency} ${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

function convertCurrency(values: Values, run: Run, site: Site): FormulaValue {
  const amount = num(values[0], site);
  const from = rateOf(currencyCode(values[1], site), run, site);
  const to = rateOf(currencyCode(values[2], site), run, site);
  const converted = divide(multiply(amount, to.rate, site), from.rate, site);
  const money: MoneyValue = { kind: 'money', amount: converted, currency: to.code };
  return money;
}

function rateOf(code: string, run: Run, site: Site): { code: string; rate: number } {
  const rate = run.scope.rates?.get(code);
  if (rate === undefined || !Number.isFinite(rate) || rate <= 0) {
    throw noValue(site, `has no exchange rate for ${code}`);
  }
  return { code, rate };
}

function currencyCode(value: FormulaValue | undefined, site: Site): string {
  if (typeof value === 'string' && CODE.test(value)) return value;
  throw noValue(site, 'needs an ISO 4217 code such as EUR');
}

function geolocation([latitude, longitude]: Values, _run: Run, site: Site): FormulaValue {
  const place = { latitude: degrees(latitude, site), longitude: degrees(longitude, site) };
  if (Math.abs(place.latitude) > 90 || Math.abs(place.longitude) > 180) {
    throw noValue(site, 'needs a latitude up to 90 and a longitude up to 180 degrees');
  }
  return { kind: 'object', value: place };
}

function degrees(value: FormulaValue | undefined, site: Site): number {
  const rounded = roundNumber(num(value, site), 10, 'half-up');
  return typeof rounded === 'number' ? rounded : Number.POSITIVE_INFINITY;
}

function distance([from, to, unit]: Values, _run: Run, site: Site): FormulaValue {
  const name = str(unit, site).toLowerCase();
  if (name !== 'km' && name !== 'mi') throw noValue(site, 'needs the unit "km" or "mi"');
  const a = placeOf(from, site);
  const b = placeOf(to, site);
  const half = (angle: number) => Math.sin(angle / 2) ** 2;
  const h =
    half(b.latitude - a.latitude) +
    Math.cos(a.latitude) * Math.cos(b.latitude) * half(b.longitude - a.longitude);
  const km = 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
  // A globe is only nearly a sphere: digits beyond the metre mean nothing.
  return roundNumber(name === 'km' ? km : km / KM_PER_MILE, 3, 'half-up');
}

function placeOf(value: FormulaValue | undefined, site: Site) {
  const place = typeof value === 'object' && value?.kind === 'object' ? value.value : undefined;
  return {
    latitude: radians(place, 'latitude', site),
    longitude: radians(place, 'longitude', site),
  };
}

function radians(
  place: Readonly<Record<string, unknown>> | undefined,
  name: string,
  site: Site,
): number {
  const value = place !== undefined && Object.hasOwn(place, name) ? place[name] : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw noValue(site, `needs a place with a ${name}`);
  }
  return (value * Math.PI) / 180;
}

interface Place {
  readonly run: Run;
  readonly site: Site;
}

function read(
  json: FormulaValue | undefined,
  steps: readonly (string | number)[],
  { run, site }: Place,
): FormulaValue {
  const text = typeof json === 'string' ? json : '';
  spendText(run, text.length, site);
  return text.trim() === '' ? null : jsonAt(readJson(text, site), steps, site);
}
