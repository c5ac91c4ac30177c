/** "2026-11-21T10:42" for a datetime-local field, in the zone that the reader chose. */
export function toField(moment: string | null, timeZone: string): string {
  if (!moment) return '';
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(new Date(moment));
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/** The moment that a datetime-local field means in a zone, across changes of the clock. */
export function fromField(value: string, timeZone: string): string | null {
  if (value === '') return null;
  const wanted = Date.parse(`${value}Z`);
  if (Number.isNaN(wanted)) return null;
  let guess = wanted;
  for (let round = 0; round < 3; round += 1) guess += wanted - Date.parse(`${toField(new Date(guess).toISOString(), timeZone)}Z`);
  return new Date(guess).toISOString();
}
