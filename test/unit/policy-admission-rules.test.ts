import { admissionRules } from "../../policy-pack/policies/admission-rules";
import { ALLOWED, asObject, PRIVILEGED, pod, SAMPLES, secure } from "../support/admission/samples";
import { fails, isNotChecked, passes, patched, UNKNOWN } from "../support/policy/assertions";
import { goodDaemonSet, goodNamespace } from "../support/policy/policy-objects";

describe("policy admission-rules", () => {
  const policy = admissionRules;
  const situation = { config: ALLOWED };
  const LABEL = ["metadata", "labels", "istio.io/dataplane-mode"];
  const MEANT = ["metadata", "labels", "security-stack/in-mesh"];
  const bypassing = (namespace: string) =>
    asObject(SAMPLES["mesh-bypass"].denied[0]!, "sample", namespace) as object;

  it("passes what the rules allow", () => {
    for (const rule of ["registries", "mesh-bypass", "service-entries"] as const)
      for (const sample of SAMPLES[rule].allowed)
        passes(policy, asObject(sample, "sample", "shop"), situation);
    passes(policy, [goodNamespace(), goodDaemonSet()]);
  });

  it("fails what the rules refuse, each by its rule", () => {
    for (const rule of ["registries", "mesh-bypass", "service-entries"] as const)
      for (const sample of SAMPLES[rule].denied)
        fails(policy, asObject(sample, "sample", "shop"), new RegExp(`, rule ${rule}\n`), situation);
    fails(policy, bypassing("shop"), /found: {3}label istio\.io\/dataplane-mode: none\n/);
  });

  it("keeps the namespaces of Kubernetes and the stack out of a mesh, and no other", () => {
    for (const name of ["kube-system", "security-system", "security-pipeline"])
      fails(policy, patched(goodNamespace(name), LABEL, "ambient"), /, rule mesh-system\n/);
    passes(policy, patched(goodNamespace("shop"), LABEL, "ambient"));
    // A stack may take its own two in (istio.ownNamespaces), as a whole: no pod of them by itself.
    for (const name of ["security-system", "security-pipeline"]) {
      const meant = patched(goodNamespace(name), MEANT, "by-config");
      passes(policy, patched(meant, LABEL, "ambient"));
      const sample = asObject(SAMPLES["mesh-system"].denied[0]!, "sample", name);
      fails(policy, sample, /, rule mesh-system\n/);
    }
    const own = { config: { systemNamespaces: ["own"] } };
    fails(policy, patched(goodNamespace("own"), LABEL, "ambient"), /found: {3}label/, own);
  });

  it("leaves to other policies what they hold, and to nobody what is left out", () => {
    passes(policy, asObject(pod(secure(PRIVILEGED)), "sample", "shop"));
    passes(policy, bypassing("kube-system"));
    passes(policy, bypassing("shop"), { config: { excludeNamespaces: ["shop"] } });
  });

  it("judges images and hosts where a list says which", () => {
    const image = asObject(SAMPLES.registries.denied[0]!, "sample", "shop");
    passes(policy, image);
    fails(policy, image, /found: {3}main: image docker\.io/, {
      config: { registries: ["registry.example"] },
    });
    const host = asObject(SAMPLES["service-entries"].denied[0]!, "sample", "shop");
    passes(policy, host);
    fails(policy, host, /found: {3}host evil\.example/, { config: { egressHosts: ["api.example.com"] } });
  });

  it("does not check what a preview does not know", () => {
    const unknown = patched(bypassing("shop"), ["spec", "containers"], UNKNOWN);
    isNotChecked(policy, unknown, /Pod\/shop\/sample/);
    // What no rule looks at is not read.
    passes(policy, patched(goodDaemonSet(), ["spec"], UNKNOWN));
  });
});
