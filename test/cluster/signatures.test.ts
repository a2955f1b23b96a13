import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { ConfigError } from "../../components/core/config/config-error";
import { plan } from "../../components/core/plan/plan";
import { listPath } from "../../components/kubernetes/cluster-objects";
import type { CustomObject } from "../../components/kubernetes/manifest";
import { refuseMissingKinds } from "../../components/pod-admission/needed-kinds";
import { FEATURES } from "../../components/registry";
import { ApiError, type KubeApi } from "../../tools/dev/cluster/api";
import { type Cluster, startCluster } from "../../tools/dev/cluster/embedded-cluster";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { ensureTools } from "../../tools/dev/toolchain/ensure";
import { IMAGES } from "../support/admission/signatures";
import { MINIMAL, settingsOf } from "../support/stack/config";
import { connect } from "../support/stack/objects";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const FILES = {
  kyverno: ["manifests-kyverno", "policies.kyverno.io_imagevalidatingpolicies.yaml"],
  "policy-controller": ["manifests-policy-controller", "300-clusterimagepolicy.yaml"],
} as const;

interface Definition {
  metadata: { name: string };
  spec: { conversion?: object };
}

// Signatures themselves are the engines' own business, and checking one takes a registry.
describe("the objects about images' signatures on a real API server", function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let api: KubeApi;

  before(async () => {
    cluster = await startCluster({ name: "signatures", ephemeral: true });
    api = connect(cluster.kubeconfigPath);
  });
  after(async () => {
    await api?.close();
    await cluster?.stop();
  });

  const planned = (engine: string, stage: string) =>
    plan(
      settingsOf(
        `${MINIMAL}features: ${JSON.stringify([
          { name: "otel_pipeline", enabled: true },
          {
            name: "pod_admission",
            enabled: true,
            config: { signatures: { engine, stage, images: IMAGES } },
          },
        ])}\n`,
        FEATURES,
      ),
    );
  const refusal = async ({ apiVersion, kind, metadata, spec }: CustomObject): Promise<string | undefined> => {
    const object = { apiVersion, kind, metadata, spec };
    try {
      await api.create(`${listPath(object)}?dryRun=All&fieldValidation=Strict`, object);
      return undefined;
    } catch (error) {
      if (error instanceof ApiError) return error.message;
      throw error;
    }
  };

  for (const [engine, [tool, file]] of Object.entries(FILES))
    it(`of ${engine} are refused before anything is written while it is not there, and taken once it is`, async () => {
      const kubeconfig = fs.readFileSync(cluster.kubeconfigPath, "utf8");
      const before = planned(engine, "warn");
      await assert.rejects(refuseMissingKinds(before, kubeconfig), (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.issues.map(({ code, path: at }) => `${code} ${at}`),
          ["CFG024 security-stack:features[1].config.signatures.engine"],
        );
        return true;
      });
      const { [tool]: folder } = await ensureTools([tool]);
      const definition: Definition = parse(fs.readFileSync(path.join(folder, file), "utf8"));
      // Its webhook between versions is not here.
      await api.create(DEFINITIONS, {
        ...definition,
        spec: { ...definition.spec, conversion: { strategy: "None" } },
      });
      await waitUntil(definition.metadata.name, () =>
        refuseMissingKinds(before, kubeconfig).then(() => true),
      );
      for (const stage of engine === "kyverno" ? ["dryrun", "warn", "deny"] : ["warn", "deny"]) {
        const { customObjects = [] } = planned(engine, stage).features.find(
          ({ name }) => name === "pod_admission",
        )!.contribution;
        assert.equal(customObjects.length, IMAGES.length);
        for (const object of customObjects) {
          assert.equal(await refusal(object), undefined, `${engine} ${stage}`);
          const spec = { ...(object.spec as object), surprise: true };
          assert.match((await refusal({ ...object, spec })) ?? "taken", /surprise/);
        }
      }
    });
});
