import { type ConfigPath, type JsonSchema, type Place, RECORD_KEY } from "./schema-walker";

/** A value for a place that is right by its type, and mostly wrong for whoever reads it. */
export interface BadValue {
  path: ConfigPath;
  value: unknown;
}

// What API servers, collectors and shells of Kubernetes' world have stumbled over: signs, spaces, ways up in paths,
// numbers at the end of their type, forms that one parser takes and the next does not.
const TEXTS = [
  ...[
    "",
    " ",
    "a b",
    "A",
    "a_b",
    "-a",
    "a-",
    "a.",
    "..",
    "a/b",
    "/",
    "/a/../b",
    "/a//b",
    "//",
    "a\n",
    "a\u0000",
  ],
  ...[
    "a\ud800b",
    "é",
    "日本",
    "*",
    "${env:HOME}",
    "$(id)",
    "{{.a}}",
    "%s",
    "'",
    '"',
    "\\",
    "a:b",
    "a=b",
    "#",
    "true",
    "null",
    "0",
    "1e3",
  ],
  ...["x".repeat(64), "x".repeat(254), "x".repeat(3000), "kube-system", "default"],
  ...[
    "/etc/otelcol",
    "/var/lib/otelcol",
    "/var/log",
    "/run/a.sock",
    "/run/b/c.sock",
    "https://a:0",
    "https://a:65536",
    "https:/a",
    "https://[::1]:1",
  ],
  ...[
    "0s",
    "1ns",
    "1ms",
    "1h",
    "9999999999h",
    "1m30s",
    "0.1Mi",
    "1Ki",
    "1Mi",
    "64Mi",
    "99999999Ti",
    "1m",
    "0.0001",
    "1000000",
  ],
  ...[
    "*/0 * * * *",
    "0 0 31 2 *",
    "99 * * * *",
    "* * * * *",
    "0 30 1 * * ?",
    "a:99999",
    "a.b:5000/c",
    "docker.io/A/b:1",
    "docker.io/a/b:1",
    "busybox",
  ],
] as const;

const NUMBERS = [-1, 0, 0.5, 1, 2, 80, 1023, 1024, 4317, 8765, 13133, 65535, 65536, 2 ** 31, 2 ** 53 - 1];

const KEYS = ["a", "", "a b", "..", "..yaml", "a.yaml", "A/b", "a/b/c", "x".repeat(64), "a:5000", "é"];

/** For each place the values of its type, in a fixed order. */
export function badValues(places: readonly Place[]): BadValue[] {
  return places.flatMap(({ path, schema }) => valuesOf(schema).flatMap((value) => placed(path, value)));
}

/** The keys of a record are values too. */
function placed(path: ConfigPath, value: unknown): BadValue[] {
  const at = path.indexOf(RECORD_KEY);
  if (at < 0) return [{ path, value }];
  const keyed = (key: string) => path.map((part, index) => (index === at ? key : part));
  return [{ path: keyed("a"), value }];
}

function valuesOf(schema: JsonSchema): unknown[] {
  if (schema.enum) return schema.enum;
  switch (schema.type) {
    case "string":
      return [...TEXTS];
    case "integer":
    case "number":
      return [...NUMBERS, schema.minimum, schema.maximum].filter((number) => number !== undefined);
    case "boolean":
      return [true, false];
    case "array":
      return schema.items ? listsOf(schema.items) : [];
    case "object":
      return typeof schema.additionalProperties === "object" ? recordsOf(schema.additionalProperties) : [];
    default:
      return [];
  }
}

/** Of none, and of the same one twice. */
function listsOf(items: JsonSchema): unknown[] {
  const simple = valuesOf(items).filter((value) => typeof value !== "object");
  return [[], ...simple.map((value) => [value, value])];
}

function recordsOf(values: JsonSchema): unknown[] {
  const value = values.type === "string" ? "a" : values.type === "boolean" ? true : 1;
  return [{}, ...KEYS.map((key) => ({ [key]: value }))];
}
