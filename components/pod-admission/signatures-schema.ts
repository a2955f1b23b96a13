import { z } from "zod";
import { httpsUrl, registry, text } from "../core/config/value-schemas";
import { STAGES } from "../kubernetes/admission-rules";

/** What checks signatures; it is the user's own. */
const ENGINES = ["kyverno", "policy-controller"] as const;

const PUBLIC_KEY = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]{1,76}\n)+-----END PUBLIC KEY-----\n?$/;

const signerSchema = z
  .strictObject({
    issuer: httpsUrl
      .optional()
      .describe("Who vouches for the identity, such as `https://token.actions.githubusercontent.com`."),
    subject: text
      .min(1)
      .max(1024)
      .optional()
      .describe("The identity: of a workflow its URL with `@` and the ref, of a person the e-mail address."),
    subjectRegExp: text
      .max(1024)
      .regex(/^\^.+\$$/, "a pattern from `^` to `$`: without them any part of an identity would do")
      .refine(isPattern, "a regular expression")
      .optional()
      .describe("Instead of `subject` a pattern over all of it (RE2), for identities with a changing ref."),
    publicKey: z
      .string()
      .max(4096)
      .regex(PUBLIC_KEY, "a public key in PEM, as `cosign public-key` prints it")
      .optional()
      .describe("Instead of an identity: the key that the images are signed with."),
    transparencyLog: z
      .boolean()
      .default(true)
      .describe(
        "Whether a signature by `publicKey` has to be in Rekor's log; one by an identity always has to.",
      ),
  })
  .superRefine(({ issuer, subject, subjectRegExp, publicKey, transparencyLog }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (publicKey === undefined) {
      if (issuer === undefined)
        refuse("issuer", "an `issuer` with `subject` or `subjectRegExp`, or a `publicKey`");
      if ((subject === undefined) === (subjectRegExp === undefined))
        refuse("subject", "one of `subject` and `subjectRegExp`: anybody has an identity of some issuer");
      if (!transparencyLog)
        refuse(
          "transparencyLog",
          "true without `publicKey`: the log says when a certificate of minutes was used",
        );
    } else if (issuer ?? subject ?? subjectRegExp)
      refuse("publicKey", "a `publicKey` or an identity, each as a signer of its own");
  });

export const signaturesSchema = z
  .strictObject({
    engine: z
      .enum(ENGINES)
      .describe(
        "What checks signatures in your cluster: Kyverno 1.17 or newer, or Sigstore's policy-controller. The stack writes objects for it and does not install it.",
      ),
    stage: z
      .enum(STAGES)
      .default("warn")
      .describe(
        "What an image without a signature does: as for the rules; policy-controller has no `dryrun`.",
      ),
    images: z
      .array(
        z.strictObject({
          repository: registry.describe("All images below it: `registry.example.com/shop`."),
          signers: z.array(signerSchema).min(1).describe("One of them has to have signed an image."),
        }),
      )
      .min(1)
      .superRefine((images, context) => {
        images.forEach(({ repository }, index) => {
          if (images.findIndex((other) => other.repository === repository) !== index)
            context.addIssue({
              code: "custom",
              path: [index, "repository"],
              message: "each repository once",
            });
        });
      })
      .describe("Which images have to be signed, and by whom."),
  })
  .superRefine(({ engine, stage }, context) => {
    if (engine === "policy-controller" && stage === "dryrun")
      context.addIssue({
        code: "custom",
        path: ["stage"],
        message: "`warn` or `deny`: policy-controller has no stage that only notes",
      });
  });

export type Signatures = z.output<typeof signaturesSchema>;
export type Signer = Signatures["images"][number]["signers"][number];

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern).source.length > 0;
  } catch {
    return false;
  }
}
