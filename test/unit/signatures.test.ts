import assert from "node:assert/strict";
import { plan } from "../../components/core/plan/plan";
import { missingKinds } from "../../components/pod-admission/needed-kinds";
import { FEATURES } from "../../components/registry";
import { IMAGES, PUBLIC_KEY, WORKFLOW } from "../support/admission/signatures";
import { issuesOf, MINIMAL, settingsOf } from "../support/stack/config";

const textWith = (config: object) =>
  `${MINIMAL}features: ${JSON.stringify([
    { name: "otel_pipeline", enabled: true },
    { name: "pod_admission", enabled: true, config },
  ])}\n`;

function contribution(config: object) {
  const { features } = plan(settingsOf(textWith(config), FEATURES));
  return features.find(({ name }) => name === "pod_admission")!.contribution;
}

const signed = (engine: string, more: object = {}) => ({ signatures: { engine, images: IMAGES, ...more } });
const specs = (config: object) =>
  (contribution(config).customObjects ?? []).map(({ spec }) => spec as Record<string, unknown>);

describe("signatures of images", () => {
  it("are looked at by nobody unless an engine is named", () => {
    assert.equal(contribution({}).customObjects, undefined);
    assert.equal(contribution({}).needsKinds, undefined);
  });

  it("are checked by policy-controller with an object for each repository, whose signers are identities or keys", () => {
    const [shop, mirror, ...more] = specs(signed("policy-controller", { stage: "deny" }));
    assert.deepEqual(more, []);
    assert.deepEqual(shop, {
      mode: "enforce",
      images: [{ glob: "registry.example/shop/**" }],
      authorities: [
        {
          name: "signer0",
          keyless: {
            url: "https://fulcio.sigstore.dev",
            identities: [WORKFLOW],
          },
          ctlog: { url: "https://rekor.sigstore.dev" },
        },
        {
          name: "signer1",
          keyless: {
            url: "https://fulcio.sigstore.dev",
            identities: [{ issuer: "https://accounts.example.com", subject: "release@example.com" }],
          },
          ctlog: { url: "https://rekor.sigstore.dev" },
        },
        { name: "signer2", key: { data: PUBLIC_KEY, hashAlgorithm: "sha256" } },
      ],
    });
    assert.deepEqual(mirror?.["authorities"], [
      {
        name: "signer0",
        key: { data: PUBLIC_KEY, hashAlgorithm: "sha256" },
        ctlog: { url: "https://rekor.sigstore.dev" },
      },
    ]);
    assert.deepEqual(specs(signed("policy-controller"))[0]?.["mode"], "warn");
    assert.ok(
      contribution(signed("policy-controller")).nextSteps?.some((line) =>
        /sigstore\.dev\/include=true/.test(line),
      ),
    );
  });

  it("are checked by Kyverno in every kind of container, but in no namespace of the cluster or the stack", () => {
    const [shop] = specs({ ...signed("kyverno", { stage: "deny" }), excludeNamespaces: ["sandbox"] });
    const { validations, validationActions, failurePolicy, validationConfigurations } = shop!;
    assert.deepEqual([validationActions, failurePolicy], [["Deny"], "Fail"]);
    assert.deepEqual(validationConfigurations, { mutateDigest: true, verifyDigest: true, required: true });
    assert.deepEqual(
      (validations as { expression: string }[]).map(({ expression }) => expression),
      ["containers", "initContainers", "ephemeralContainers"].map(
        (name) =>
          `images.${name}.map(image, verifyImageSignatures(image, [attestors.signer0, attestors.signer1, attestors.signer2])).all(e, e > 0)`,
      ),
    );
    assert.match(
      JSON.stringify(shop!["matchConstraints"]),
      /"NotIn","values":\["kube-node-lease","kube-public","kube-system","security-system","security-pipeline","sandbox"\]/,
    );
    const [keyed] = specs(signed("kyverno")).slice(1);
    assert.deepEqual(keyed?.["attestors"], [
      {
        name: "signer0",
        cosign: {
          key: { data: PUBLIC_KEY, hashAlgorithm: "sha256" },
          ctlog: { url: "https://rekor.sigstore.dev" },
        },
      },
    ]);
  });

  it("change nothing and keep nothing out where Kyverno only tells", () => {
    for (const [stage, actions] of [
      ["dryrun", ["Audit"]],
      ["warn", ["Warn", "Audit"]],
    ] as const) {
      const [shop] = specs(signed("kyverno", { stage }));
      assert.deepEqual(shop?.["validationActions"], actions);
      assert.equal(shop?.["failurePolicy"], "Ignore");
      assert.ok(!JSON.stringify(shop?.["validationConfigurations"]).includes("true"));
    }
  });

  it("keep their objects' names when the list is sorted anew", () => {
    const names = (images: object[]) =>
      (contribution(signed("kyverno", { images })).customObjects ?? []).map(({ metadata }) => metadata.name);
    assert.deepEqual(names([...IMAGES].reverse()).sort(), names(IMAGES).sort());
    assert.equal(new Set(names(IMAGES)).size, 2);
  });

  const known = (name: string) => JSON.stringify({ resources: [{ name: "policies" }, { name }] });
  const needed = contribution(signed("kyverno")).needsKinds ?? [];

  it("are refused with a code and the way out where the cluster does not have the engine's kinds", async () => {
    const asked: string[] = [];
    const answers = [undefined, known("validatingpolicies"), known("imagevalidatingpolicies")];
    const found = await Promise.all(
      answers.map((answer) =>
        missingKinds(needed, async (path) => {
          asked.push(path);
          return answer;
        }),
      ),
    );
    assert.deepEqual(new Set(asked), new Set(["/apis/policies.kyverno.io/v1"]));
    assert.deepEqual(
      found.map((issues) => issues.map(({ code, path, fix }) => [code, path, fix])),
      [
        ...[0, 1].map(() => [
          [
            "CFG024",
            "security-stack:features[1].config.signatures.engine",
            "install Kyverno 1.17 or newer first, or take the key away",
          ],
        ]),
        [],
      ],
    );
  });

  const one = (signer: object, more: object = {}) => ({
    signatures: {
      engine: "kyverno",
      images: [{ repository: "registry.example", signers: [signer] }],
      ...more,
    },
  });
  const IDENTITY = { issuer: "https://accounts.example.com", subject: "release@example.com" };
  const SIGNER = "signatures.images[0].signers[0]";
  const BAD: readonly [string, object, string][] = [
    ["an engine that is none", one(IDENTITY, { engine: "notary" }), "signatures.engine"],
    [
      "a stage that policy-controller does not have",
      signed("policy-controller", { stage: "dryrun" }),
      "signatures.stage",
    ],
    ["no image", signed("kyverno", { images: [] }), "signatures.images"],
    [
      "a repository twice",
      signed("kyverno", { images: [IMAGES[1], IMAGES[1]] }),
      "signatures.images[1].repository",
    ],
    [
      "a repository with a scheme",
      one(IDENTITY, { images: [{ ...IMAGES[1], repository: "https://registry.example" }] }),
      "signatures.images[0].repository",
    ],
    [
      "a repository with a wildcard",
      one(IDENTITY, { images: [{ ...IMAGES[1], repository: "registry.example/*" }] }),
      "signatures.images[0].repository",
    ],
    [
      "nobody who signs",
      signed("kyverno", { images: [{ repository: "registry.example", signers: [] }] }),
      "signatures.images[0].signers",
    ],
    [
      "an issuer without TLS",
      one({ ...IDENTITY, issuer: "http://accounts.example.com" }),
      `${SIGNER}.issuer`,
    ],
    ["an issuer without an identity", one({ issuer: IDENTITY.issuer }), `${SIGNER}.subject`],
    ["an identity of any issuer", one({ subject: IDENTITY.subject }), `${SIGNER}.issuer`],
    [
      "a pattern without its ends",
      one({ issuer: IDENTITY.issuer, subjectRegExp: "github.com/shop" }),
      `${SIGNER}.subjectRegExp`,
    ],
    [
      "a pattern that is none",
      one({ issuer: IDENTITY.issuer, subjectRegExp: "^($" }),
      `${SIGNER}.subjectRegExp`,
    ],
    ["a key and an identity", one({ ...IDENTITY, publicKey: PUBLIC_KEY }), `${SIGNER}.publicKey`],
    ["a private key", one({ publicKey: PUBLIC_KEY.replaceAll("PUBLIC", "PRIVATE") }), ""],
    [
      "an identity without the log",
      one({ ...IDENTITY, transparencyLog: false }),
      `${SIGNER}.transparencyLog`,
    ],
  ];
  for (const [title, config, path] of BAD)
    it(`refuse ${title} with its place`, () => {
      const issues = issuesOf(textWith(config), FEATURES);
      assert.ok(
        issues.some((issue) => issue.path.endsWith(path)),
        JSON.stringify(issues),
      );
      for (const { code } of issues) assert.match(code, /^CFG(003|010)$/);
    });
});
