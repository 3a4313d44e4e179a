// Compares filling a template in with the same template compiled by Handlebars alone, in turns, in one
// run. Build first: `pnpm --filter @objectos/notification... build`.
// Run: `node packages/notification/bench/render.mjs`.
import Handlebars from 'handlebars';
import { compileTemplate } from '../dist/templates/index.js';

const RENDERS = 20_000;
const language = { locale: 'en', timeZone: 'UTC' };
const payload = {
  number: 'INV-7',
  name: 'Ada',
  company: 'Acme & Sons',
  total: '1,234.50 €',
  paid: true,
  lines: Array.from({ length: 10 }, (_, at) => ({ at, title: `Line <${at}>`, price: at * 10 })),
};
const line = 'Dear {{name}}, the invoice of {{company}} is {{total}}.';
const list =
  'Dear {{name}}, {{company}}:{{#each lines}}\n{{at}}. {{title}} {{price}}{{#unless @last}},{{/unless}}{{/each}}\n' +
  '{{#if paid}}It is paid.{{else}}Please pay {{total}}.{{/if}}';
const cases = [
  ['a line, html', line, 'html'],
  ['a line, text', line, 'text'],
  ['a list, html', list, 'html'],
  ['a list, text', list, 'text'],
  ['an address', '/invoices/{{number}}?of={{name}}', 'url'],
];

const measure = (render) => {
  const begin = performance.now();
  for (let index = 0; index < RENDERS; index += 1) render();
  return ((performance.now() - begin) * 1e6) / RENDERS;
};
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const [name, source, escaping] of cases) {
  const raw = Handlebars.compile(source, { noEscape: escaping !== 'html' });
  const ours = compileTemplate(name, source, escaping);
  const results = { raw: [], ours: [] };
  for (let round = 0; round < 11; round += 1) {
    results.raw.push(measure(() => raw(payload)));
    results.ours.push(measure(() => ours.render(payload, language)));
  }
  const [base, own] = [median(results.raw), median(results.ours)];
  const ratio = (own / base).toFixed(2);
  console.log(
    `${name}: Handlebars ${base.toFixed(0)} ns, @objectos/notification ${own.toFixed(0)} ns: ${ratio}x`,
  );
}
