import type { CollectorComponent } from "../documents/documents";
import { field } from "../documents/ottl";
import { SEVERITY_NAMES } from "../documents/severities";

/** OpenTelemetry's severities for those of `event.severity` (specification, logs data model). */
const SEVERITY_NUMBERS: Readonly<Record<string, string>> = {
  5: "SEVERITY_NUMBER_FATAL",
  4: "SEVERITY_NUMBER_ERROR",
  3: "SEVERITY_NUMBER_WARN",
  2: "SEVERITY_NUMBER_INFO2",
  1: "SEVERITY_NUMBER_INFO",
};

const WITHOUT_MODE = { statements: ['delete_key(scope.attributes, "elastic.mapping.mode")'] };

/** A document as the text of its JSON, for a program that makes something else of it. */
export function textProcessor(): CollectorComponent {
  const statements = ["keep_keys(log.attributes, [])", "set(log.body, String(log.body))"];
  return { error_mode: "silent", log_statements: [WITHOUT_MODE, { statements }] };
}

/**
 * A document as a record for others than Elasticsearch: the document is its body, and has the `event.id` by which what
 * comes twice is known. What only the Elasticsearch exporter reads goes.
 * @param timeWithinHours So much may the record's time differ from now; one that differs more has none, and gets that of
 * its arrival. The document's own times stay.
 */
export function recordProcessor(timeWithinHours?: number): CollectorComponent {
  const span = timeWithinHours === undefined ? undefined : `Duration("${timeWithinHours}h")`;
  const near =
    span === undefined
      ? ""
      : ` where log.observed_time > Now() - ${span} and log.observed_time < Now() + Duration("1h")`;
  return {
    error_mode: "silent",
    log_statements: [
      WITHOUT_MODE,
      {
        statements: [
          "keep_keys(log.attributes, [])",
          `set(log.attributes["event.id"], ${field("event.id")})`,
          `set(log.time, log.observed_time)${near}`,
          ...Object.entries(SEVERITY_NAMES).flatMap(([severity, name]) => {
            const fits = `where ${field("event.severity")} == ${severity}`;
            return [
              `set(log.severity_number, ${SEVERITY_NUMBERS[severity]}) ${fits}`,
              `set(log.severity_text, "${name}") ${fits}`,
            ];
          }),
        ],
      },
    ],
  };
}
