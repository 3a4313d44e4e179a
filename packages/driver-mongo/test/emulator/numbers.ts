import { Decimal128, Long } from 'mongodb';

/** A number of any type of BSON. */
export type BsonNumber = number | bigint | Decimal128 | Long;

/** An exact fraction. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** True for a number of any type of BSON. */
export function isBsonNumber(value: unknown): value is BsonNumber {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Decimal128 ||
    value instanceof Long
  );
}

/** Compares by exact value, as the server does: 0.1 as a double is more than 0.1 as a decimal. */
export function compareNumbers(one: BsonNumber, other: BsonNumber): number {
  if (typeof one === 'number' && typeof other === 'number') return Math.sign(one - other);
  const [left, right] = [fractionOf(one), fractionOf(other)];
  const difference = left.top * right.bottom - right.top * left.bottom;
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** A sum; a decimal where one of the numbers is one. */
export function sumOf(numbers: readonly BsonNumber[]): BsonNumber {
  if (!numbers.some((number) => number instanceof Decimal128)) {
    return numbers.reduce<number>((sum, number) => sum + Number(String(number)), 0);
  }
  const { top, bottom } = numbers.map(fractionOf).reduce(
    (sum, next) => ({
      top: sum.top * next.bottom + next.top * sum.bottom,
      bottom: sum.bottom * next.bottom,
    }),
    { top: 0n, bottom: 1n },
  );
  return decimalOf(top, bottom);
}

/** The mean of at least one number. */
export function meanOf(numbers: readonly BsonNumber[]): BsonNumber {
  const sum = sumOf(numbers);
  if (!(sum instanceof Decimal128)) return Number(String(sum)) / numbers.length;
  const { top, bottom } = fractionOf(sum);
  return decimalOf(top, bottom * BigInt(numbers.length));
}

/** A double becomes a decimal with 15 significant digits. */
export function toDecimal(value: BsonNumber): Decimal128 {
  if (value instanceof Decimal128) return value;
  const text = typeof value === 'number' ? value.toPrecision(15) : String(value);
  return Decimal128.fromString(text);
}

/** To 30 digits after the point, which is enough for what tests sum. */
function decimalOf(top: bigint, bottom: bigint): Decimal128 {
  const digits = (top * 10n ** 30n) / bottom;
  return Decimal128.fromStringWithRounding(`${digits}E-30`);
}

function fractionOf(number: BsonNumber): Fraction {
  if (typeof number === 'number') return Number.isInteger(number) ? whole(number) : binary(number);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(String(number));
  if (match === null) throw new Error(`${String(number)} is no finite number`);
  const [, sign = '', digits = '', decimals = '', exponent = '0'] = match;
  const shift = Number(exponent) - decimals.length;
  const value = BigInt(`${sign}${digits}${decimals}`);
  return shift >= 0
    ? { top: value * 10n ** BigInt(shift), bottom: 1n }
    : { top: value, bottom: 10n ** BigInt(-shift) };
}

function whole(number: number): Fraction {
  return { top: BigInt(number), bottom: 1n };
}

/** Doubling makes a whole number of any double, without loss. */
function binary(number: number): Fraction {
  let top = number;
  let bottom = 1n;
  while (!Number.isInteger(top)) {
    // Beyond this the double would overflow.
    if (Math.abs(top) > 1e300) throw new Error(`${number} is too large a fraction`);
    top *= 2;
    bottom *= 2n;
  }
  return { top: BigInt(top), bottom };
}
