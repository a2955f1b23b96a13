import type { NeededKind } from "../core/contract/contribution";
import type { Stage } from "../kubernetes/admission-rules";
import { checksum } from "../kubernetes/checksum";
import type { PlannedObject } from "../kubernetes/manifest";
import type { Signatures, Signer } from "./signatures-schema";

type Images = Signatures["images"][number];

/** Of Sigstore's public instances, which both engines trust by themselves. */
const REKOR = "https://rekor.sigstore.dev";
const FULCIO = "https://fulcio.sigstore.dev";

/** The kinds of an engine's objects; installing them is the user's. */
const KINDS = {
  // policies.kyverno.io/v1 since Kyverno 1.17; the verifyImages rules of a ClusterPolicy are deprecated there (its definition).
  kyverno: {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    plural: "imagevalidatingpolicies",
    whose: "Kyverno 1.17 or newer",
  },
  "policy-controller": {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    plural: "clusterimagepolicies",
    whose: "Sigstore's policy-controller",
  },
} as const;

const KYVERNO_ACTIONS: Readonly<Record<Stage, string[]>> = {
  dryrun: ["Audit"],
  warn: ["Warn", "Audit"],
  deny: ["Deny"],
};

/**
 * An object of the engine for each repository.
 * @param leftOut Namespaces in which nothing is checked.
 */
export function signatureObjects(signatures: Signatures, leftOut: readonly string[]): PlannedObject[] {
  const { apiVersion, kind } = KINDS[signatures.engine];
  return signatures.images.map((images) => ({
    ...{ apiVersion, kind },
    metadata: { name: `security-stack-signed-${checksum(images.repository).slice(0, 10)}` },
    spec:
      signatures.engine === "kyverno"
        ? kyvernoSpec(images, signatures.stage, leftOut)
        : policyControllerSpec(images, signatures.stage),
  }));
}

/** What the cluster has to have for them. */
export function neededKind({ engine }: Signatures, path: string): NeededKind {
  const { apiVersion, plural, whose } = KINDS[engine];
  return { apiVersion, plural, whose, path };
}

// policy-controller's own webhook looks at namespaces with its label alone, so that there is nothing to leave out.
function policyControllerSpec({ repository, signers }: Images, stage: Stage): object {
  return {
    mode: stage === "deny" ? "enforce" : "warn",
    images: [{ glob: `${repository}/**` }],
    authorities: signers.map((signer, index) => ({
      name: nameOf(index),
      ...(signer.publicKey
        ? {
            key: { data: signer.publicKey, hashAlgorithm: "sha256" },
            ...(signer.transparencyLog ? { ctlog: { url: REKOR } } : {}),
          }
        : { keyless: { url: FULCIO, identities: [identityOf(signer)] }, ctlog: { url: REKOR } }),
    })),
  };
}

function kyvernoSpec({ repository, signers }: Images, stage: Stage, leftOut: readonly string[]): object {
  const denies = stage === "deny";
  const attestors = signers.map((_, index) => `attestors.${nameOf(index)}`).join(", ");
  return {
    validationActions: KYVERNO_ACTIONS[stage],
    failurePolicy: denies ? "Fail" : "Ignore",
    // A tag that is checked can point elsewhere when the image is pulled. Of what is only told nothing is changed.
    validationConfigurations: { mutateDigest: denies, verifyDigest: denies, required: denies },
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["pods"] },
      ],
      namespaceSelector: {
        matchExpressions: [
          { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...new Set(leftOut)] },
        ],
      },
    },
    matchImageReferences: [{ glob: `${repository}/*` }],
    attestors: signers.map((signer, index) => ({ name: nameOf(index), cosign: cosignOf(signer) })),
    validations: ["containers", "initContainers", "ephemeralContainers"].map((containers) => ({
      expression: `images.${containers}.map(image, verifyImageSignatures(image, [${attestors}])).all(e, e > 0)`,
      message: `an image below ${repository} of ${containers} that none of its signers has signed`,
    })),
  };
}

function cosignOf(signer: Signer): object {
  if (!signer.publicKey) return { keyless: { identities: [identityOf(signer)] }, ctlog: { url: REKOR } };
  const log = signer.transparencyLog ? { url: REKOR } : { insecureIgnoreTlog: true };
  return { key: { data: signer.publicKey, hashAlgorithm: "sha256" }, ctlog: log };
}

function identityOf({ issuer, subject, subjectRegExp }: Signer): object {
  return { issuer, ...(subjectRegExp ? { subjectRegExp } : { subject }) };
}

function nameOf(index: number): string {
  return `signer${index}`;
}
