import fc from 'fast-check';

/** Formulas of the part of the language that both databases compute, well typed by construction. */
const { number, text, truth, date, datetime } = fc.letrec<{
  number: string;
  text: string;
  truth: string;
  date: string;
  datetime: string;
}>((tie) => {
  const pair = (one: string, other: string) =>
    fc.tuple(tie(one as 'number'), tie(other as 'number'));
  const order = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');
  return {
    number: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'formula' },
      fc.constantFrom('amount', 'price', 'quantity', '0', '1', '3', '0.05', '12', 'NULL'),
      fc
        .tuple(tie('number'), fc.constantFrom('+', '-', '*', '/'), tie('number'))
        .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      tie('number').map((a) => `-(${a})`),
      fc
        .tuple(
          fc.constantFrom('ROUND', 'TRUNC'),
          tie('number'),
          fc.constantFrom('-1', '0', '1', '2'),
        )
        .map(([name, a, places]) => `${name}(${a}, ${places})`),
      fc
        .tuple(fc.constantFrom('ABS', 'CEILING', 'FLOOR', 'MCEILING', 'MFLOOR'), tie('number'))
        .map(([name, a]) => `${name}(${a})`),
      pair('number', 'number').map(([a, b]) => `MOD(ROUND(${a}, 1), ROUND(${b}, 1))`),
      fc
        .tuple(fc.constantFrom('MIN', 'MAX'), tie('number'), tie('number'))
        .map(([name, a, b]) => `${name}(${a}, ${b})`),
      fc
        .tuple(tie('truth'), tie('number'), tie('number'))
        .map(([c, a, b]) => `IF(${c}, ${a}, ${b})`),
      fc.tuple(tie('text'), tie('number')).map(([t, a]) => `CASE(${t}, "won", ${a}, "a", 2, 0)`),
      pair('number', 'number').map(([a, b]) => `IFERROR(${a}, ${b})`),
      pair('number', 'number').map(([a, b]) => `BLANKVALUE(${a}, ${b})`),
      pair('date', 'date').map(([a, b]) => `(${a}) - (${b})`),
      tie('text').map((t) => `LEN(${t})`),
      pair('text', 'text').map(([a, b]) => `FIND(${a}, ${b})`),
      fc
        .tuple(
          fc.constantFrom('YEAR', 'MONTH', 'DAY', 'WEEKDAY', 'ISOWEEK', 'DAYOFYEAR'),
          tie('date'),
        )
        .map(([name, d]) => `${name}(${d})`),
      pair('datetime', 'datetime').map(([a, b]) => `(${a}) - (${b})`),
    ),
    text: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'formula' },
      fc.constantFrom('name', 'stage', '"a"', '""', '"won"', '"it\'s \\\\"'),
      pair('text', 'text').map(([a, b]) => `(${a}) & (${b})`),
      fc.tuple(tie('truth'), tie('text'), tie('text')).map(([c, a, b]) => `IF(${c}, ${a}, ${b})`),
      fc
        .tuple(fc.constantFrom('LEFT', 'RIGHT'), tie('text'), tie('number'))
        .map(([name, t, n]) => `${name}(${t}, ${n})`),
      fc
        .tuple(tie('text'), tie('number'), tie('number'))
        .map(([t, a, b]) => `MID(${t}, ${a}, ${b})`),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => `SUBSTITUTE(${a}, "a", ${b})`),
      tie('text').map((t) => `TRIM(${t})`),
      fc.constantFrom(
        'TEXT(amount)',
        'TEXT(price * quantity)',
        'TEXT(born)',
        'TEXT(seen)',
        'TEXT(active)',
      ),
    ),
    truth: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'formula' },
      fc.constantFrom('active', 'TRUE', 'FALSE', 'NULL', 'loose > 1', 'ratio <= amount'),
      fc
        .tuple(tie('number'), order, tie('number'))
        .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      fc
        .tuple(tie('text'), order, tie('text'))
        .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      fc
        .tuple(tie('date'), order, tie('date'))
        .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      fc
        .tuple(tie('truth'), fc.constantFrom('AND', 'OR', '=', '<>'), tie('truth'))
        .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      tie('truth').map((c) => `NOT (${c})`),
      fc
        .oneof(tie('number'), tie('text'), tie('date'), tie('truth'))
        .map((value) => `ISBLANK(${value})`),
      pair('text', 'text').map(([a, b]) => `CONTAINS(${a}, ${b})`),
      pair('text', 'text').map(([a, b]) => `BEGINS(${a}, ${b})`),
      pair('number', 'number').map(([a, b]) => `(${a}) IN (${b}, 1)`),
      pair('number', 'number').map(([a, b]) => `(${a}) NOT IN (${b}, quantity)`),
      pair('text', 'text').map(([a, b]) => `(${a}) NOT IN (${b}, stage)`),
      tie('text').map((t) => `INCLUDES(tags, ${t})`),
    ),
    date: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'formula' },
      fc.constantFrom('born', 'closed', 'DATE(2024, 2, 29)'),
      pair('date', 'number').map(([d, n]) => `(${d}) + (${n})`),
      pair('date', 'number').map(([d, n]) => `ADDMONTHS(${d}, ${n})`),
      fc.tuple(tie('truth'), tie('date'), tie('date')).map(([c, a, b]) => `IF(${c}, ${a}, ${b})`),
    ),
    datetime: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'formula' },
      fc.constantFrom('seen', 'seen2'),
      pair('datetime', 'number').map(([d, n]) => `(${d}) + (${n})`),
      pair('datetime', 'number').map(([d, n]) => `(${d}) - HOURS(${n})`),
      fc
        .tuple(tie('truth'), tie('datetime'), tie('datetime'))
        .map(([c, a, b]) => `IF(${c}, ${a}, ${b})`),
    ),
  };
});

/** A formula of any type. */
export const formulaArbitrary: fc.Arbitrary<string> = fc.oneof(number, text, truth, date, datetime);
