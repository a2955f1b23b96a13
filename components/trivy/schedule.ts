const NAMED: Readonly<Record<string, number>> = { "@hourly": 1, "@daily": 24, "@weekly": 168 };
const EVERY = /^@every (\d{1,3})h$/;
const MAX_HOURS = 168;

/** Hours between two scans of the same image, of a schedule that the operator can keep; undefined for others. */
export function scanHours(schedule: string): number | undefined {
  const hours = NAMED[schedule] ?? Number(EVERY.exec(schedule)?.[1]);
  return hours >= 1 && hours <= MAX_HOURS ? hours : undefined;
}
