import pc from "picocolors";

export type Level = "ok" | "warn" | "fail";

/** One thing the doctor looked at: a sentence that says how it is and, unless all is well, what to do. */
export interface Finding {
  area: "machine" | "cluster";
  check: string;
  level: Level;
  message: string;
  fix?: string;
}

export type Check = Omit<Finding, "area">;

export const ok = (check: string, message: string): Check => ({ check, level: "ok", message });
export const warn = (check: string, message: string, fix: string): Check => ({
  check,
  level: "warn",
  message,
  fix,
});
export const fail = (check: string, message: string, fix: string): Check => ({
  check,
  level: "fail",
  message,
  fix,
});

const marks: Record<Level, string> = { ok: pc.green("✓"), warn: pc.yellow("!"), fail: pc.red("✗") };

/** The findings as text, by area, with a last line that sums them up. */
export function formatFindings(findings: readonly Finding[]): string {
  const areas = [...new Set(findings.map(({ area }) => area))];
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const sum = `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} in the way`;
  return [
    ...areas.flatMap((area) => [
      "",
      pc.bold(area === "machine" ? "This machine" : "The cluster"),
      ...lines(findings, area),
    ]),
    "",
    sum,
  ].join("\n");
}

function lines(findings: readonly Finding[], area: Finding["area"]): string[] {
  return findings
    .filter((finding) => finding.area === area)
    .flatMap(({ level, check, message, fix }) => [
      `  ${marks[level]} ${check}: ${message}`,
      ...(fix ? [`      ${fix}`] : []),
    ]);
}
