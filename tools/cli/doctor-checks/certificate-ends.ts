import { X509Certificate } from "node:crypto";
import { PART_OF } from "../../../components/kubernetes/labels";
import { type Check, fail, ok, warn } from "./finding";

/** What is looked at of a Secret of the stack. */
export interface CertificateSecret {
  metadata: { name: string; namespace: string };
  data?: Record<string, string>;
}

/** Where the API server has the stack's Secrets. */
export const SECRETS = `/api/v1/secrets?labelSelector=${encodeURIComponent(`app.kubernetes.io/part-of=${PART_OF}`)}`;

const WARN_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
const FIX =
  "Raise the generation of these certificates in the stack's config (`certificates.generation` of otel_pipeline, `certificateGeneration` of the others) and run `npm run up`.";

/** How long the certificates of the stack's own connections live: nothing reaches the store once they have ended. */
export function certificateChecks(secrets: readonly CertificateSecret[], now: Date): Check[] {
  const ends = secrets.flatMap(({ metadata: { namespace, name }, data = {} }) =>
    Object.entries(data)
      .filter(([key]) => key.endsWith(".crt"))
      .flatMap(([, text]) => endsOf(Buffer.from(text, "base64").toString()))
      .map((end) => ({ of: `${namespace}/${name}`, days: Math.floor((end - now.getTime()) / DAY_MS) })),
  );
  if (ends.length === 0) return [];
  const soon = ends.filter(({ days }) => days < WARN_DAYS);
  const named = [...new Set(soon.map(({ of }) => of))].sort().join(", ");
  const first = Math.min(...ends.map(({ days }) => days));
  if (soon.length === 0) return [ok("certificates", `The first of the stack's own ends in ${first} days.`)];
  if (first < 0) return [fail("certificates", `Ended: one of Secret ${named}.`, FIX)];
  return [warn("certificates", `One of Secret ${named} ends in ${first} days.`, FIX)];
}

/** Of each certificate in a bundle; what is none is left to whoever uses it. */
function endsOf(pem: string): number[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return certificates.map((certificate) => Date.parse(new X509Certificate(certificate).validTo));
}
