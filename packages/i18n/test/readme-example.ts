import { i18nPlugin } from '@objectos/i18n';
import { createKernel, i18nService } from '@objectos/kernel';

const kernel = createKernel({ plugins: [i18nPlugin] });
await kernel.boot();
const i18n = kernel.service(i18nService);
i18n.add({ locale: 'en', messages: { cart: '{n, plural, one {# item} other {# items}}' } });
i18n.add({ locale: 'de', messages: { cart: '{n, plural, one {# Artikel} other {# Artikel}}' } });

const swiss = i18n.translator('de-CH', { timeZone: 'Europe/Zurich' });
console.log(swiss.t('cart', { n: 3 })); // 3 Artikel
console.log(swiss.date('2026-11-26')); // 26.11.2026
console.log(i18n.coverage('de-CH').missing); // []
await kernel.stop();
