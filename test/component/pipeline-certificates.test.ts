import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { planWithExtras } from "../../components/core/plan/plan";
import { otelPipeline } from "../../components/pipeline/pipeline-feature";
import { SecurityStack } from "../../components/stack/security-stack";
import { type CollectedResource, collect } from "../support/stack/collect";
import { MINIMAL, settingsOf } from "../support/stack/config";

type SecretInputs = {
  metadata: { name: string; namespace: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
};

async function secretsOf(config: string): Promise<Map<string, SecretInputs>> {
  const registry = [otelPipeline];
  const planned = planWithExtras(
    settingsOf(`${MINIMAL}features: [{name: otel_pipeline, config: ${config}}]`, registry),
  );
  const { resources } = await collect(() => new SecurityStack("security-stack", { ...planned, secrets: {} }));
  const secrets = resources.filter(({ type }: CollectedResource) => type === "kubernetes:core/v1:Secret");
  return new Map(
    secrets.map(({ inputs }) => [(inputs as unknown as SecretInputs).metadata.name, unwrap(inputs)]),
  );
}

// Mocks get secrets in the engine's envelope, {<signature key>: ..., value}.
function unwrap(value: unknown): never {
  if (Array.isArray(value)) return value.map(unwrap) as never;
  if (typeof value !== "object" || value === null) return value as never;
  if ("4dabf18193072939515e22adb298388d" in value && "value" in value) return unwrap(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)])) as never;
}

const decode = (text: string | undefined) => Buffer.from(text ?? "", "base64").toString();

describe("the Secrets of the collectors' certificates", () => {
  it("are derived from one, so that both sides have the same authority", async () => {
    const secrets = await secretsOf("{}");
    const source = secrets.get("collector-certificates-1");
    const gateway = secrets.get("gateway-tls")?.stringData;
    const node = secrets.get("node-collector-tls")?.stringData;
    assert.match(decode(source?.data?.["ca.crt"]), /BEGIN CERTIFICATE/);
    assert.equal(gateway?.["ca.crt"], decode(source?.data?.["ca.crt"]));
    assert.equal(node?.["ca.crt"], gateway?.["ca.crt"]);
    assert.equal(gateway?.["tls.key"], decode(source?.data?.["server.key"]));
    assert.equal(node?.["tls.key"], decode(source?.data?.["client.key"]));
    assert.notEqual(node?.["tls.key"], gateway?.["tls.key"]);
  });

  it("are made anew under another name when the generation is counted up, and both authorities are trusted", async () => {
    const secrets = await secretsOf("{certificates: {generation: 3}}");
    assert.equal(secrets.has("collector-certificates-1"), false);
    const authority = (generation: number) =>
      decode(secrets.get(`collector-certificates-${generation}`)?.data?.["ca.crt"]).trim();
    assert.notEqual(authority(3), authority(2));
    for (const name of ["gateway-tls", "node-collector-tls"]) {
      const { "ca.crt": bundle = "", "tls.crt": certificate = "" } = secrets.get(name)?.stringData ?? {};
      assert.equal(bundle.trim(), `${authority(3)}\n${authority(2)}`);
      assert.ok(new X509Certificate(certificate).verify(new X509Certificate(authority(3)).publicKey));
    }
  });
});
