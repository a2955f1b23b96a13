import { z } from "zod";
import { isBytesQuantity, isCpuQuantity } from "../../kubernetes/quantity";

// Values that occur in more than one schema.

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A Kubernetes object name that is a single DNS label, like a namespace. */
export const dnsLabel = z
  .string()
  .regex(DNS_LABEL, "a DNS label: lower-case letters, digits and '-', at most 63 characters");

/** Any other Kubernetes object name. */
export const dnsSubdomain = z.string().max(253).regex(DNS_SUBDOMAIN, "a Kubernetes object name");

/** CPU in cores or millicores: "2", "500m". */
export const cpuQuantity = z.string().refine(isCpuQuantity, 'a CPU quantity above zero, like "500m" or "2"');

/** Memory or storage with its unit: "512Mi". */
export const bytesQuantity = z
  .string()
  .refine(isBytesQuantity, 'a quantity above zero with its unit, like "512Mi" or "1Gi"');

/**
 * A URL with TLS, without credentials, query or fragment: it is written in clear wherever it is used. Spelled out, since
 * a URL parser also takes `https:/host` and `https:\\host`, and goes where nobody reading the config would look.
 */
export const httpsUrl = z
  .string()
  .regex(/^https:\/\/[^\s\\/@?#]+(\/[^\s\\@?#]*)?$/, {
    error: "an https:// URL of host, port and path",
    abort: true,
  })
  .refine((url) => URL.canParse(url), "an https:// URL");
