import { isIP } from "node:net";
import * as path from "node:path";
import { z } from "zod";
import { isBytesQuantity, isCpuQuantity, parseQuantity } from "../../kubernetes/quantity";

// Values that occur in more than one schema, each with the check of the program that will read it.

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A port. */
export const tcpPort = z.int().min(1).max(65_535);

/** A Kubernetes object name that is a single DNS label, like a namespace. */
export const dnsLabel = z
  .string()
  .regex(DNS_LABEL, "a DNS label: lower-case letters, digits and '-', at most 63 characters");

/** A namespace for the stack to make: not one of Kubernetes itself, of whoever has none, or of OpenShift. */
export const ownNamespace = dnsLabel.refine((name) => !/^(kube|openshift)-|^default$/.test(name), {
  message:
    "a namespace of the stack's own, not `default`, `kube-*` or `openshift-*`: it gets a default-deny NetworkPolicy and a Pod Security level",
});

/** Any other Kubernetes object name. */
export const dnsSubdomain = z.string().max(253).regex(DNS_SUBDOMAIN, "a Kubernetes object name");

/** A key of a Secret or ConfigMap (apimachinery, pkg/util/validation: IsConfigMapKey). */
export const dataKey = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, "a key of letters, digits and '-._'")
  .refine(
    (key) => key !== "." && !key.startsWith(".."),
    "a key that is not '.' and does not begin with '..'",
  );

const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The key of a label or a taint: a name, with or without a DNS prefix (IsQualifiedName). */
export const labelKey = z
  .string()
  .refine(isLabelKey, 'a Kubernetes label key, like "disk" or "example.com/disk"');

/** The value of a label or a taint, which may be empty (IsValidLabelValue). */
export const labelValue = z
  .string()
  .refine(
    (text) => text === "" || NAME_PART.test(text),
    "a Kubernetes label value: at most 63 letters, digits and '-._'",
  );

function isLabelKey(text: string): boolean {
  const [name = "", prefix, ...more] = text.split("/").reverse();
  if (more.length > 0 || !NAME_PART.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix));
}

// Far above every node and volume there is, and far below where a 64-bit number of bytes overflows.
const MOST_CORES = 1024;
const MOST_BYTES = "1024Ti";

/** CPU in cores or millicores: "2", "500m". */
export const cpuQuantity = z
  .string()
  .refine(isCpuQuantity, { message: 'a CPU quantity above zero, like "500m" or "2"', abort: true })
  .refine((text) => isWhole((parseQuantity(text) ?? 0) * 1000), {
    message: "a CPU quantity in steps of 1m, the finest that Kubernetes has",
  })
  .refine((text) => (parseQuantity(text) ?? 0) <= MOST_CORES, `at most ${MOST_CORES} cores`);

/** Memory or storage with its unit: "512Mi". */
export const bytesQuantity = z
  .string()
  .refine(isBytesQuantity, {
    message: 'a quantity above zero with its unit, like "512Mi" or "1Gi"',
    abort: true,
  })
  .refine((text) => Number.isInteger(parseQuantity(text)), "a whole number of bytes")
  .refine((text) => (parseQuantity(text) ?? 0) <= (parseQuantity(MOST_BYTES) ?? 0), `at most ${MOST_BYTES}`);

/** But for what binary fractions leave over: 0.3 * 1000. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}

/** Text for people or for comparison, that every program on its way can hold: no control characters, no half of a UTF-16 pair. */
export const text = z
  .string()
  .refine((value) => !/[\p{Cc}\p{Cs}]/u.test(value), "text without control characters");

/** A folder or file of a node: absolute, of letters, digits and `._-/`, and without a way up, which the API server refuses. */
export const hostPath = z
  .string()
  .max(1024)
  .regex(/^(\/[\w.-]+)+$/, "an absolute path of letters, digits and '._-', without a slash at its end")
  .refine((folder) => path.posix.normalize(folder) === folder, "a path without '..' and '.'");

/** A list in which nothing is twice. */
export function unique<Item extends z.ZodType>(item: Item) {
  return z.array(item).superRefine((items, context) => {
    const texts = items.map((one) => JSON.stringify(one));
    texts.forEach((one, index) => {
      const first = texts.indexOf(one);
      if (first !== index)
        context.addIssue({ code: "custom", path: [index], message: `another one: the same is at ${first}` });
    });
  });
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration of one unit, "500ms" or "15m", within bounds that are written alike. @throws where a bound is none */
export function duration(least: string, most: string) {
  const [from, to] = [milliseconds(least), milliseconds(most)];
  return z
    .string()
    .refine((value) => DURATION.test(value), { message: `a duration, like "${least}"`, abort: true })
    .refine((value) => milliseconds(value) >= from && milliseconds(value) <= to, `from ${least} to ${most}`);
}

const DURATION = /^(\d+)(ms|s|m|h)$/;

function milliseconds(value: string): number {
  const [, number = "", unit = ""] = DURATION.exec(value) ?? [];
  return Number(number) * (UNIT_MS[unit] ?? Number.NaN);
}

const HOST = String.raw`[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*`;
const PATH_PART = String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`;
const REGISTRY = new RegExp(`^${HOST}(:(?<port>[0-9]+))?(/${PATH_PART})*$`);
// The grammar of references (distribution/reference, regexp.go), of which the kubelet takes no other.
const IMAGE = new RegExp(
  `^${HOST}(:(?<port>[0-9]+))?(/${PATH_PART})+(:\\w[\\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$`,
);

/** A registry, as `host[:port][/path]`. */
export const registry = z
  .string()
  .max(200)
  .regex(REGISTRY, "a registry host, with an optional port and path in lower case, without a scheme")
  .refine((value) => isPort(REGISTRY.exec(value)?.groups?.["port"]), "a port from 1 to 65535");

/** A full image reference, with a fixed version. */
export const imageReference = z
  .string()
  .max(400)
  .regex(IMAGE, "a full image reference with registry and tag or digest; the path in lower case")
  .refine((value) => isPort(IMAGE.exec(value)?.groups?.["port"]), "a port from 1 to 65535")
  .refine((image) => !/:latest(@|$)/.test(image), "a fixed version, not `latest`");

/** True where no port is given, which is the default one. */
function isPort(port: string | undefined): boolean {
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}

/**
 * A URL with TLS, without credentials, query or fragment: it is written in clear wherever it is used. Spelled out, since
 * a URL parser also takes `https:/host` and `https:\\host`, and goes where nobody reading the config would look; and a
 * collector replaces what stands behind a `$`.
 */
export const httpsUrl = z
  .string()
  .max(2048)
  .regex(/^https:\/\/[^\s\\/@?#$]+(\/[\w.~!&'()*+,;=:%-]*)*$/, {
    error: "an https:// URL of host, port and path",
    abort: true,
  })
  // What is checked after it may read the URL.
  .refine(hasHostAndPort, {
    error: "an https:// URL of a host name or IP address, and a port from 1 to 65535",
    abort: true,
  });

/** Of an https:// URL: a host that every program takes for the same, and a port in its bounds. */
export function hasHostAndPort(value: string): boolean {
  const [, host = "", port] = /^https:\/\/(\[[^\]]*\]|[^/:]*)(?::(\d+))?(?:\/|$)/.exec(value) ?? [];
  if (!URL.canParse(value) || !isPort(port)) return false;
  const address = host.replace(/^\[|\]$/g, "");
  if (isIP(address) !== 0) return true;
  // "1.2.3" is a number to one program and a name to another.
  const labels = address.toLowerCase().replace(/\.$/, "").split(".");
  return labels.every((label) => DNS_LABEL.test(label)) && !/^(\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? "");
}

/** A Secret of `global.restrictedNamespace` and a key in it. */
export function secretRef(description: string, key: string) {
  return z
    .strictObject({
      name: dnsSubdomain.describe("Name of the Secret, in `global.restrictedNamespace`."),
      key: dataKey.default(key).describe("Key in the Secret."),
    })
    .describe(description);
}
