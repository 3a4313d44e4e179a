/**
 * "Today" of the sample data. Fixed, so that the same seed gives the same records in every year.
 */
export const REFERENCE_DATE = '2026-09-01';

const DAY = 86_400_000;
const reference = Date.parse(`${REFERENCE_DATE}T00:00:00.000Z`);

/** The date so many days after (or, below 0, before) the reference date. @param {number} days */
export const dateAt = (days) =>
  new Date(reference + Math.floor(days) * DAY).toISOString().slice(0, 10);

/** The moment so many days, with a fraction, after the reference date. @param {number} days */
export const momentAt = (days) =>
  new Date(reference + Math.round(days * 1440) * 60_000).toISOString();

/** How many days the date is after the reference date. @param {string} date */
export const daysOf = (date) => Math.round((Date.parse(`${date}T00:00:00.000Z`) - reference) / DAY);

/**
 * The same day so many months later, or the last day of that month.
 * @param {string} date
 * @param {number} months
 */
export function addMonths(date, months) {
  const [year, month, day] = date.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last)))
    .toISOString()
    .slice(0, 10);
}

/** Moved off the weekend, to the Friday before or the Monday after. @param {number} days */
export function workday(days) {
  const weekday = new Date(reference + Math.floor(days) * DAY).getUTCDay();
  if (weekday === 6) return Math.floor(days) - 1;
  if (weekday === 0) return Math.floor(days) + 1;
  return Math.floor(days);
}
