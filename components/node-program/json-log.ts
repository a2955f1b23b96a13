/** A line of a program's log: JSON, with the time. */
export function log(level: "info" | "error", message: string, fields: object = {}): void {
  console.log(JSON.stringify({ "@timestamp": new Date().toISOString(), level, message, ...fields }));
}
