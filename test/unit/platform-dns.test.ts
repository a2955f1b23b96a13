import assert from "node:assert/strict";
import { plan } from "../../components/core/plan/plan";
import { issuesOf, settingsOf } from "../support/stack/config";
import { toyFeature } from "../support/toy/toy-feature";

function config(global: string): string {
  return `global: {clusterName: dev${global}}\noutput: {elasticsearch: {endpoints: ["https://es.example:9200"]}}\nfeatures: [{name: toy}]\n`;
}

/** Whom the pods of the sensors' namespace may ask for names. */
function dnsOf(global = "") {
  const { platform } = plan(settingsOf(config(global), [toyFeature()]));
  const found = platform.find(({ metadata }) => metadata.name === "allow-dns");
  assert.ok(found?.kind === "NetworkPolicy");
  const [rule] = found.spec!.egress!;
  return {
    peers: rule!.to!.map(
      ({ ipBlock, namespaceSelector }) =>
        ipBlock?.cidr ?? namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"],
    ),
    ports: rule!.ports!.map(({ port, protocol }) => `${protocol} ${port}`),
  };
}

describe("whom the stack's pods may ask for names", () => {
  it("CoreDNS in kube-system and NodeLocal DNSCache on the node, by default", () => {
    assert.deepEqual(dnsOf(), { peers: ["kube-system", "169.254.20.10/32"], ports: ["UDP 53", "TCP 53"] });
  });

  it("those of the config, in their place", () => {
    const dns =
      "dns: {namespaces: [openshift-dns], networks: [172.30.0.10/32, 'fd00::a/128'], ports: [5353]}";
    assert.deepEqual(dnsOf(`, ${dns}`), {
      peers: ["openshift-dns", "172.30.0.10/32", "fd00::a/128"],
      ports: ["UDP 5353", "TCP 5353"],
    });
  });

  for (const bad of ["{namespaces: [], networks: []}", "{networks: [169.254.20.10]}", "{ports: []}"])
    it(`not ${bad}`, () => assert.ok(issuesOf(config(`, dns: ${bad}`), [toyFeature()]).length > 0));
});
