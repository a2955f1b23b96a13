/**
 * Everything that is deployed, by version: the one place to change for an upgrade. Tests run the same
 * versions where they can run the tool at all. Pinned 2026-11-22.
 */

/** A container image. The tag is for people; where `digest` is given, that is what is pulled. */
export interface PinnedImage {
  registry: string;
  repository: string;
  tag: string;
  /** "sha256:..." of the multi-platform index. */
  digest?: string;
  /** Why this version, and where the fact is from. */
  why: string;
}

/**
 * Elasticsearch and Kibana, which have to be of one version; the tests run the same Elasticsearch. The Terraform
 * provider makes dashboards as code only from Kibana 9.4 on (elasticstack 0.16.2, kibana_dashboard), and of 9.4.3
 * Maven Central has the server that the tests run.
 */
export const ELASTIC_VERSION = "9.4.3";

/**
 * Istio, all parts of one version: Kubernetes 1.32 to 1.36. Its module registry has no releases: the tests render and run
 * the branch of 1.31 as of 2026-08-27, whose definitions are those of 1.31.4, byte for byte.
 */
export const ISTIO_VERSION = "1.31.4";

/** Without a shell. */
const ISTIO_TAG = `${ISTIO_VERSION}-distroless`;

/** Gateway API's kinds, the standard channel; Istio 1.31 is made for 1.6 (2026-11-29). */
export const GATEWAY_API_VERSION = "1.6.3";

/** Of the engines that check images' signatures: whose kinds our objects are tried against (2026-11-30). Neither is deployed. */
export const SIGNATURE_ENGINES = { kyverno: "1.19.1", policyController: "0.13.1" } as const;

export const IMAGES = {
  falco: {
    registry: "docker.io",
    repository: "falcosecurity/falco",
    tag: "0.45.0",
    digest: "sha256:788f1129c542171813083d4afc61b16730a47dde8c23d9c39370acef996349b6",
    why: "release of 2026-09-21; ships rules 5.2.0 (falcosecurity/falco#3973) and the container plugin 0.7.4; digest as six public repositories pin it",
  },
  otelCollector: {
    registry: "docker.io",
    repository: "otel/opentelemetry-collector-contrib",
    tag: "0.152.0",
    digest: "sha256:f41d7995565df3733b7568702073a9c490792f9c6ac60684fe6a4da21a313f8d",
    why: "the version that the pipeline tests run; digest of the multi-platform index as two unrelated projects pin it",
  },
  busybox: {
    registry: "docker.io",
    repository: "library/busybox",
    tag: "1.37.0",
    digest: "sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
    why: "smallest image with a shell; rotates Falco's event file; digest as nine public repositories pin it, on amd64 and arm64",
  },
  tetragon: {
    registry: "quay.io",
    repository: "cilium/tetragon",
    tag: "v1.7.1",
    why: "chart 1.7.1's own",
  },
  osquery: {
    registry: "docker.io",
    repository: "osquery/osquery",
    tag: "5.17.0-ubuntu22.04",
    why: "newest tag known to exist, for amd64 only; the project calls its images testing images (osquery/osquery tools/docker/README.md): components/osquery/Containerfile builds 5.23.1 from the project's package",
  },
  trivyOperator: {
    registry: "mirror.gcr.io",
    repository: "aquasec/trivy-operator",
    tag: "0.34.0",
    digest: "sha256:0e4f11e9632f34097f259f3a59d34bab4eea8cee9aef510d15cdfc7481d5e49c",
    why: "the version that chart 0.36.0 was released with; digest as two public repositories pin it",
  },
  trivy: {
    registry: "mirror.gcr.io",
    repository: "aquasec/trivy",
    tag: "0.74.0",
    digest: "sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969",
    why: "chart 0.36.0's own; after the malicious 0.69.4 to 0.69.6 (GHSA-69fq-xp46-6x23), and pinned by digest because the tags of those were moved; digest as more than ten public repositories pin it, the same on ghcr.io and Docker Hub",
  },
  elasticOperator: {
    registry: "docker.elastic.co",
    repository: "eck/eck-operator",
    tag: "3.5.0",
    digest: "sha256:b6f261372d9d9af7b00aab03efea25263314d16063c4d440ac322e52c2fdf314",
    why: "of chart 3.5.0; digest as two public repositories pin it",
  },
  elasticsearch: {
    registry: "docker.elastic.co",
    repository: "elasticsearch/elasticsearch",
    tag: ELASTIC_VERSION,
    why: "the version that the tests run",
  },
  kibana: {
    registry: "docker.elastic.co",
    repository: "kibana/kibana",
    tag: ELASTIC_VERSION,
    why: "has to be of Elasticsearch's version",
  },
  gatekeeper: {
    registry: "docker.io",
    repository: "openpolicyagent/gatekeeper",
    tag: "v3.23.1",
    why: "chart 3.23.1's own; the tests run the same manager (2026-11-29)",
  },
  cilium: {
    registry: "quay.io",
    repository: "cilium/cilium",
    tag: "v1.20.2",
    why: "chart 1.20.2's own; the agent, its init containers and, within it, Envoy; no digest of it is known yet (2026-11-29)",
  },
  ciliumOperator: {
    registry: "quay.io",
    repository: "cilium/operator-generic",
    tag: "v1.20.2",
    why: "chart 1.20.2's own, for addresses that no cloud hands out (2026-11-29)",
  },
  ciliumOperatorAws: {
    registry: "quay.io",
    repository: "cilium/operator-aws",
    tag: "v1.20.2",
    why: "chart 1.20.2's own, for addresses of AWS's network interfaces (2026-11-29)",
  },
  hubbleRelay: {
    registry: "quay.io",
    repository: "cilium/hubble-relay",
    tag: "v1.20.2",
    why: "has to be of the agents' version (2026-11-29)",
  },
  hubbleUi: {
    registry: "quay.io",
    repository: "cilium/hubble-ui",
    tag: "v0.13.6",
    digest: "sha256:049a80a03585c043d0c3121bdc518c72b0fd42bae07e4bcce0fdb8f1e88041d0",
    why: "chart 1.20.2's own, with the digest that the chart has (2026-11-29)",
  },
  hubbleUiBackend: {
    registry: "quay.io",
    repository: "cilium/hubble-ui-backend",
    tag: "v0.13.6",
    digest: "sha256:83b3fc763f3d49948c306bf49b08277383e195904b9ca5c0c0022b2112628787",
    why: "chart 1.20.2's own, with the digest that the chart has (2026-11-29)",
  },
  hubbleCertificates: {
    registry: "quay.io",
    repository: "cilium/certgen",
    tag: "v0.4.11",
    digest: "sha256:14d29a176fc96d15b154559ce1a5baf01367c10baabfa7bb8028b72f087a56f0",
    why: "chart 1.20.2's own, with the digest that the chart has (2026-11-29)",
  },
  // Istio left Google's registries with 1.31 (istio/istio#61467).
  istiod: {
    registry: "docker.io",
    repository: "istio/pilot",
    tag: ISTIO_TAG,
    why: "chart 1.31.4's own; the tests run an istiod of the same branch (2026-11-29)",
  },
  istioCni: {
    registry: "docker.io",
    repository: "istio/install-cni",
    tag: ISTIO_TAG,
    why: "of istiod's version (2026-11-29)",
  },
  ztunnel: {
    registry: "docker.io",
    repository: "istio/ztunnel",
    tag: ISTIO_TAG,
    why: "of istiod's version (2026-11-29)",
  },
  waypoint: {
    registry: "docker.io",
    repository: "istio/proxyv2",
    tag: ISTIO_TAG,
    why: "of istiod's version, which runs it (2026-11-29)",
  },
  alertmanager: {
    registry: "docker.io",
    repository: "prom/alertmanager",
    tag: "v0.34.1",
    digest: "sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a",
    why: "the version that the tests run; of 0.35.0, which waits as Slack's 429 says, no digest is known yet; digest as ten public repositories pin it (2026-11-28)",
  },
  node: {
    registry: "docker.io",
    repository: "library/node",
    tag: "24.21.0-alpine3.23",
    digest: "sha256:9ec4a2e289874ed0d722e1772ec2de45d2801541db8612f3638b26f128c69ac2",
    why: "current LTS; runs the Trivy reporter from a ConfigMap; digest as six public repositories pin it",
  },
} as const satisfies Record<string, PinnedImage>;

/** Images of the attack scenarios' pods; no part of the stack itself. */
export const SCENARIO_IMAGES = {
  testbox: {
    registry: "docker.io",
    repository: "library/alpine",
    tag: "3.22.1",
    digest: "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1",
    why: "a shell and busybox's tools, nsenter and mount among them; digest as more than five public repositories pin it",
  },
  attacker: {
    registry: "docker.io",
    repository: "nicolaka/netshoot",
    tag: "v0.13",
    digest: "sha256:a20c2531bf35436ed3766cd6cfe89d352b050ccc4d7005ce6400adf97503da1b",
    why: "curl, nc and Python in one image; digest as five public repositories pin it",
  },
  target: {
    registry: "docker.io",
    repository: "library/nginx",
    tag: "1.25.5",
    digest: "sha256:a484819eb60211f5299034ac80f6a681b06f89e65866ce91f356ed7c72af059c",
    why: "old on purpose: Trivy has something to find; digest of the index of 1.25, as public repositories show it",
  },
} as const satisfies Record<string, PinnedImage>;

/** An official chart: where `helm.v4.Chart` finds it and which version. */
export interface PinnedChart {
  /** HTTPS repository; none for an `oci://` chart, which carries its own address. */
  repository?: string;
  chart: string;
  version: string;
  why: string;
}

export const CHARTS = {
  tetragon: {
    repository: "https://helm.cilium.io",
    chart: "tetragon",
    version: "1.7.1",
    why: "the chart whose CRDs the policies are tested with",
  },
  trivyOperator: {
    repository: "https://aquasecurity.github.io/helm-charts/",
    chart: "trivy-operator",
    version: "0.36.0",
    why: "trivy-operator 0.34.0 with Trivy 0.74.0, which is not among the compromised versions",
  },
  elasticOperator: {
    repository: "https://helm.elastic.co",
    chart: "eck-operator",
    version: "3.5.0",
    why: "manages Elasticsearch and Kibana 9.4; its CRDs are what the tests check the objects with",
  },
  cilium: {
    repository: "https://helm.cilium.io",
    chart: "cilium",
    version: "1.20.2",
    why: "newest release whose chart, definitions and parser are to be had as one Go module, by which the tests judge its objects (2026-11-29)",
  },
  gatekeeper: {
    repository: "https://open-policy-agent.github.io/gatekeeper/charts",
    chart: "gatekeeper",
    version: "3.23.1",
    why: "newest release whose manager can be built for the tests; evaluates CEL as the API server does (2026-11-29)",
  },
  // Where Istio's charts are since 1.31 (istio/istio#61467). Nothing here is computed: what is, every program that is bundled
  // keeps.
  istioBase: {
    chart: "oci://ghcr.io/istio/release/charts/base",
    version: ISTIO_VERSION,
    why: "of istiod's version (2026-11-29)",
  },
  istiod: {
    chart: "oci://ghcr.io/istio/release/charts/istiod",
    version: ISTIO_VERSION,
    why: "of istiod's version (2026-11-29)",
  },
  istioCni: {
    chart: "oci://ghcr.io/istio/release/charts/cni",
    version: ISTIO_VERSION,
    why: "of istiod's version (2026-11-29)",
  },
  ztunnel: {
    chart: "oci://ghcr.io/istio/release/charts/ztunnel",
    version: ISTIO_VERSION,
    why: "of istiod's version (2026-11-29)",
  },
} as const satisfies Record<string, PinnedChart>;

/**
 * The reference that a node pulls: `[mirror/]repository:tag[@digest]`. A mirror replaces the registry host
 * and keeps the path, as registry mirrors do.
 */
export function imageReference(image: PinnedImage, mirror?: string): string {
  const name = `${mirror ?? image.registry}/${image.repository}:${image.tag}`;
  return image.digest ? `${name}@${image.digest}` : name;
}

/** The folder or file name of a chart in `global.charts`: the last part of its address. */
export function chartName(chart: PinnedChart): string {
  return chart.chart.split("/").at(-1) ?? chart.chart;
}
