import type { AuditCount } from "../audit-rule";

/** Requests with credentials that do not hold, from one address. */
export const authenticationFailures: AuditCount = {
  name: "authentication-failures",
  title: "Many failed authentications at the API server",
  severity: 4,
  techniques: ["T1110"],
  tactic: "TA0006",
  type: "event_count",
  selection: {
    "http.response.status_code": [401],
  },
  groupBy: ["source.ip"],
  timespanMinutes: 5,
  atLeast: 20,
  fix: "Whose address is it? Credentials are being guessed, or a client has one that expired.",
};
