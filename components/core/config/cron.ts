/** A field of a cron expression: its name and what may be in it. */
interface Field {
  name: string;
  from: number;
  to: number;
  /** Names for its numbers, from the first on. */
  names?: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const LONGEST_DAY_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const SECOND: Field = { name: "second", from: 0, to: 59 };
const MINUTE: Field = { name: "minute", from: 0, to: 59 };
const HOUR: Field = { name: "hour", from: 0, to: 23 };
const DAY_OF_MONTH: Field = { name: "day of month", from: 1, to: 31 };
const MONTH: Field = { name: "month", from: 1, to: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: "day of week", from: 0, to: 6, names: DAYS };
const DAY_OF_WEEK_FROM_1: Field = { name: "day of week", from: 1, to: 7, names: DAYS };

/**
 * What is wrong with the schedule of a CronJob, as Kubernetes reads it (robfig/cron v3, parser.go: ParseStandard);
 * undefined where it is fine. A day that no month has is taken there, and never comes.
 */
export function kubernetesCronProblem(text: string): string | undefined {
  const parts = text.split(" ");
  if (parts.length !== 5) return 'a cron expression of five fields, like "*/5 * * * *"';
  const fields = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK];
  const sets = fields.map((field, index) => valuesOf(parts[index] ?? "", field));
  const wrong = fields.find((_, index) => sets[index] === undefined);
  if (wrong) return describe(wrong);
  const [, , days, months] = sets;
  // With both of the days given, either will do.
  if (parts[4] === "*" && !hasSuchDay(days ?? [], months ?? []))
    return "a day that a month of the schedule has";
  return undefined;
}

/**
 * What is wrong with an Elasticsearch cron expression (its Cron.java, and its docs "Watcher cron schedule") of a
 * snapshot policy, which Elasticsearch refuses to run more often than every 15 minutes (`slm.minimum_interval`);
 * undefined where it is fine.
 */
export function elasticsearchCronProblem(text: string): string | undefined {
  const parts = text.split(" ");
  if (parts.length !== 6)
    return 'an Elasticsearch cron expression of second, minute, hour, day of month, month and day of week, like "0 30 1 * * ?"';
  const [second = "", minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = parts;
  const sets = [
    [second, SECOND],
    [minute, MINUTE],
    [hour, HOUR],
    [month, MONTH],
  ] as const;
  const wrong = sets.find(([part, field]) => valuesOf(part, field) === undefined);
  if (wrong) return describe(wrong[1]);
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) return "'?' in one of day of month and day of week";
  if (dayOfMonth !== "?" && !isDayOfMonth(dayOfMonth)) return describe(DAY_OF_MONTH);
  if (dayOfWeek !== "?" && !isDayOfWeek(dayOfWeek)) return describe(DAY_OF_WEEK_FROM_1);
  const days = valuesOf(dayOfMonth, DAY_OF_MONTH);
  if (days && !hasSuchDay(days, valuesOf(month, MONTH) ?? []))
    return "a day that a month of the schedule has";
  const often = (valuesOf(second, SECOND) ?? []).length > 1 || smallestGap(minute, hour) < 15;
  return often ? "at most one time in 15 minutes: Elasticsearch takes no snapshots more often" : undefined;
}

function describe({ name, from, to }: Field): string {
  return `in the field "${name}" numbers from ${from} to ${to}, ranges like ${from}-${from + 1}, steps like */2 and lists of these`;
}

/** `L`, `L-3`, `LW` and `15W` beside what every field has. */
function isDayOfMonth(part: string): boolean {
  const special = /^(?:L|LW|L-(\d+)|(\d+)W)$/i.exec(part);
  if (!special) return valuesOf(part, DAY_OF_MONTH) !== undefined;
  const [, before = "1", near = "1"] = special;
  return Number(before) <= 30 && Number(near) >= 1 && Number(near) <= 31;
}

/** `6L` and `6#3` beside what every field has. */
function isDayOfWeek(part: string): boolean {
  const [, day, nth = "1"] = /^(\w+?)(?:L|#(\d))$/i.exec(part) ?? [];
  if (day === undefined)
    return part.toUpperCase() === "L" || valuesOf(part, DAY_OF_WEEK_FROM_1) !== undefined;
  return valuesOf(day, DAY_OF_WEEK_FROM_1) !== undefined && Number(nth) >= 1 && Number(nth) <= 5;
}

/** All numbers that a field stands for; undefined where it is not one. */
function valuesOf(part: string, field: Field): number[] | undefined {
  const ranges = part.split(",").map((item) => rangeOf(item, field));
  if (ranges.some((range) => range === undefined)) return undefined;
  return [...new Set(ranges.flatMap((range) => range ?? []))].sort((a, b) => a - b);
}

function rangeOf(item: string, field: Field): number[] | undefined {
  const [, first = "", last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  const from = first === "*" ? field.from : numberOf(first, field);
  const open = first === "*" || (step !== undefined && last === undefined);
  const to = last === undefined ? (open ? field.to : from) : numberOf(last, field);
  const by = Number(step ?? "1");
  if (first === "*" && last !== undefined) return undefined;
  if (from === undefined || to === undefined || from > to || by < 1 || by > field.to) return undefined;
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
}

function numberOf(text: string, { from, to, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  const number = named >= 0 ? from + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= from && number <= to ? number : undefined;
}

function hasSuchDay(days: readonly number[], months: readonly number[]): boolean {
  return months.some((month) => (days[0] ?? 1) <= (LONGEST_DAY_OF_MONTH[month - 1] ?? 31));
}

const MINUTES_OF_A_DAY = 24 * 60;

/** Minutes between two times of a day, the last and the next day's first among them. */
function smallestGap(minute: string, hour: string): number {
  const minutes = valuesOf(minute, MINUTE) ?? [];
  const times = (valuesOf(hour, HOUR) ?? []).flatMap((h) => minutes.map((m) => h * 60 + m));
  return Math.min(...times.map((time, i) => (times[i + 1] ?? (times[0] ?? 0) + MINUTES_OF_A_DAY) - time));
}
