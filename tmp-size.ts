import { plan } from "./components/core/plan/plan";
import { FEATURES } from "./components/registry";
import { settingsOf } from "./test/support/stack/config";
const p = plan(settingsOf(`
global: {clusterName: dev}
output: {elasticsearch: {managed: {}}}
features: [{name: otel_pipeline}, {name: falco}]
tests: {enabled: true}
`, FEATURES));
const c = p.features.find((f) => f.name === "scenarios")!.contribution;
for (const m of c.manifests) if (m.kind === "ConfigMap") for (const [k, v] of Object.entries(m.data ?? {})) { console.log(k, v.length, (v.match(/.{60}istio.{60}/gi) ?? []).slice(0, 6)); }
