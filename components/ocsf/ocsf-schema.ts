import { z } from "zod";
import { kubernetesCronProblem } from "../core/config/cron";
import { bucketParts } from "../core/config/sinks-schema";
import { dataKey, dnsSubdomain } from "../core/config/value-schemas";

const s3Schema = z
  .strictObject(bucketParts("ocsf"))
  .describe("Writes them to a bucket, compressed, by EKS Pod Identity.");

/** Of the claim, where the config names neither it nor a bucket. */
const CLAIM = "ocsf-events";

const claimSchema = z
  .strictObject({
    name: dnsSubdomain
      .default(CLAIM)
      .describe("Name of a PersistentVolumeClaim of yours in `global.restrictedNamespace`."),
  })
  .describe(
    "Writes them to a volume, which is what it does without `s3`. How long they stay there is yours to say.",
  );

export const ocsfSchema = z
  .strictObject({
    schedule: z
      .string()
      .superRefine((text, context) => {
        const problem = kubernetesCronProblem(text);
        if (problem) context.addIssue({ code: "custom", message: problem });
      })
      .default("*/5 * * * *")
      .describe(
        "When new documents become events. What came in the minute before a run is left for the next one.",
      ),
    s3: s3Schema.optional(),
    volumeClaim: claimSchema.optional(),
    apiKeySecretRef: z
      .strictObject({
        name: dnsSubdomain.default("ocsf-api-key"),
        key: dataKey.default("api_key"),
      })
      .prefault({})
      .describe(
        "Secret, in `global.restrictedNamespace`, with an encoded API key of its own: privilege read on all indices of the stack.",
      ),
  })
  .refine(({ s3, volumeClaim }) => s3 === undefined || volumeClaim === undefined, {
    path: ["volumeClaim"],
    message: "nothing beside s3: the events are written to one place",
  });

export type OcsfConfig = z.output<typeof ocsfSchema>;

/** The claim that it writes to; none where it writes to a bucket. */
export function claimOf({ s3, volumeClaim }: OcsfConfig): string | undefined {
  return s3 ? undefined : (volumeClaim?.name ?? CLAIM);
}
