/** How numbers, digits and times are spoken: as names of prompts (`resources/sounds/prompts.json`). */

/** A number from 0 to 99 in words. */
export function spokenNumber(number: number): readonly string[] {
  if (number <= 20 || number % 10 === 0) return [`number-${number}`];
  return [`number-${number - (number % 10)}`, `number-${number % 10}`];
}

/** Digits one by one; what is no digit is left out. */
export function spokenDigits(digits: string): readonly string[] {
  return (digits.match(/[0-9]/g) ?? []).map((digit) => `number-${digit}`);
}

/** The time of day on the clock of 24 hours. */
export function spokenTime(date: Date): readonly string[] {
  const [hours, minutes] = [date.getHours(), date.getMinutes()];
  const past = minutes < 10 ? ['oh', ...spokenNumber(minutes)] : spokenNumber(minutes);
  return ['the-time-is', ...spokenNumber(hours), ...(minutes === 0 ? ['o-clock'] : past)];
}

/** Day of the week, month, day and year. */
export function spokenDate(date: Date): readonly string[] {
  const year = date.getFullYear();
  return [
    'today-is',
    `day-${date.getDay()}`,
    `month-${date.getMonth() + 1}`,
    ...spokenNumber(date.getDate()),
    ...spokenNumber(Math.floor(year / 100) % 100),
    ...(year % 100 < 10 ? ['oh'] : []),
    ...spokenNumber(year % 100),
  ];
}
