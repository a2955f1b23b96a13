/** Lines of Falco's file that can't become a document, and why not; each is kept as a dead letter. */
export const REFUSED: { name: string; line: string | Buffer; reason: string }[] = [
  { name: "no JSON", line: "Fri Jul  3 14:36:13 2026: Falco initialized", reason: "not a JSON object" },
  { name: "cut off", line: '{"output":"Sensitive file op', reason: "not a JSON object" },
  {
    name: "two objects in one line",
    line: '{"rule":"a","priority":"Error"}{"rule":"b","priority":"Error"}',
    reason: "not a JSON object",
  },
  { name: "a list", line: "[1,2,3]", reason: "not a JSON object" },
  { name: "a text", line: '"Warning"', reason: "not a JSON object" },
  { name: "null", line: "null", reason: "not a JSON object" },
  {
    name: "binary",
    line: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00, 0x01, 0x80]),
    reason: "not a JSON object",
  },
  { name: "too long", line: `{"output":"${"z".repeat(10 * 1024 * 1024)}"}`, reason: "not a JSON object" },
  { name: "empty object", line: "{}", reason: "a Falco event without a rule" },
  { name: "no rule", line: '{"priority":"Error","output":"x"}', reason: "a Falco event without a rule" },
  {
    name: "no priority",
    line: '{"rule":"Some rule","output":"x"}',
    reason: "a Falco event without a priority",
  },
  {
    name: "a rule that is a number",
    line: '{"rule":7,"priority":"Error"}',
    reason: "a Falco event without a rule",
  },
];
