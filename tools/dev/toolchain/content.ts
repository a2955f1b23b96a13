import { CHARTS, ELASTIC_VERSION, IMAGES } from "../../../components/core/tables/pins";
import { OCSF_VERSION } from "../../../components/documents/ocsf/classes";
import { chartOf, githubRelease } from "./recipes";
import type { Tool } from "./types";

/** Day on which the versions and recipes of the catalog were chosen together. */
export const PINNED = "2026-11-22";

/** Of Cilium's module, in which both its chart and its definitions are. */
const CILIUM = "h1:dqiEGIcXc+gqCLYG/l7VCFJ8GHyb4HUrwbZOpkX5dL8=";

/** The part of the catalog that is not needed for a first `npm start`: charts, the store and its provider. */
export const content: readonly Tool[] = [
  {
    name: "chart-tetragon",
    version: CHARTS.tetragon.version,
    pinned: PINNED,
    why: "the Tetragon chart",
    minutes: 0.2,
    source: chartOf(
      "github.com/cilium/tetragon",
      `v${CHARTS.tetragon.version}`,
      "install/kubernetes/tetragon",
      "h1:l/cGbqRUyW3vayyNObDoQoSsYgWozVcbKbbqTVhBmK0=",
    ),
  },
  {
    name: "chart-trivy-operator",
    version: IMAGES.trivyOperator.tag,
    pinned: PINNED,
    why: "the trivy-operator chart",
    minutes: 0.2,
    source: chartOf(
      "github.com/aquasecurity/trivy-operator",
      `v${IMAGES.trivyOperator.tag}`,
      "deploy/helm",
      "h1:8yan05XmqeMO/zO2DWfRMFrmG50I07O4BnzK2WE8Ntw=",
    ),
  },
  {
    name: "chart-eck-operator",
    version: CHARTS.elasticOperator.version,
    pinned: PINNED,
    why: "the chart of the Elasticsearch operator",
    minutes: 0.2,
    source: chartOf(
      "github.com/elastic/cloud-on-k8s/v3",
      `v${CHARTS.elasticOperator.version}`,
      "deploy/eck-operator",
      "h1:sR4oj+gNnwI9hgsKhBwjUlx+5F2T/kND40hrzaogtek=",
    ),
  },
  {
    name: "chart-cilium",
    version: CHARTS.cilium.version,
    pinned: "2026-11-29",
    why: "the Cilium chart",
    minutes: 0.3,
    source: chartOf(
      "github.com/cilium/cilium",
      `v${CHARTS.cilium.version}`,
      "install/kubernetes/cilium",
      CILIUM,
    ),
  },
  {
    // The chart has no definitions: Cilium's operator makes them where it is let.
    name: "manifests-cilium",
    version: CHARTS.cilium.version,
    pinned: "2026-11-29",
    why: "Cilium's definitions, which the committed ones are compared with",
    minutes: 0.1,
    source: chartOf(
      "github.com/cilium/cilium",
      `v${CHARTS.cilium.version}`,
      "pkg/k8s/apis/cilium.io/client/crds",
      CILIUM,
    ),
  },
  {
    name: "manifests-argo-cd",
    version: "3.1.8",
    pinned: PINNED,
    why: "install files of others, which the policies are tried on",
    minutes: 0.3,
    source: chartOf(
      "github.com/argoproj/argo-cd/v3",
      "v3.1.8",
      "manifests",
      "h1:NkLPiRI5qGkV+q1EN3O7/0Wb9O/MVl62vadKteZqMUw=",
    ),
  },
  {
    name: "manifests-argo-rollouts",
    version: "1.8.4",
    pinned: PINNED,
    why: "examples of custom objects that make pods, which the policies are tried on",
    minutes: 0.2,
    source: chartOf(
      "github.com/argoproj/argo-rollouts",
      "v1.8.4",
      "examples",
      "h1:yRoN6/mNtb9H2VHhL09ZvF3ZfajerOrKB3EhgIGoz6c=",
    ),
  },
  {
    name: "manifests-prometheus-operator",
    version: "0.85.0",
    pinned: PINNED,
    why: "examples of an operator's objects, which the policies are tried on",
    minutes: 0.2,
    source: chartOf(
      "github.com/prometheus-operator/prometheus-operator",
      "v0.85.0",
      "example",
      "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    ),
  },
  {
    // The distribution of the integration tests: the real server with x-pack security, but few modules. What the
    // tests add to it is in tools/dev/elasticsearch/plugin.
    name: "elasticsearch",
    version: ELASTIC_VERSION,
    pinned: PINNED,
    why: "the store of the pipeline tests and the demo; needs a JDK, see java.ts",
    minutes: 0.5,
    source: {
      kind: "maven-zip",
      artifact: `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${ELASTIC_VERSION}:zip`,
      sha256: "adde840e7013d25cf04203377abf77ad66573bc5db381e5b865c18ef5d683bc5",
    },
  },
  {
    // The broker of its own project, started from its jars; no release of it is needed.
    name: "kafka",
    version: "4.3.1",
    pinned: "2026-11-29",
    why: "a real Kafka broker for the tests of output.kafka; needs a JDK, see java.ts",
    minutes: 0.3,
    source: {
      kind: "maven-jars",
      artifacts: ["org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"],
      sha256: "91e99fe3638473b79edb85486d60766c1fa601393f2dfcd04249610ae13ee4f1",
    },
  },
  {
    // The schema's own server has no release; this package has the schemas as that server gives them out.
    name: "ocsf-schema",
    version: OCSF_VERSION,
    pinned: "2026-11-29",
    why: "the official schema that OCSF events are validated against; needs Python 3.10 or later",
    minutes: 0.1,
    source: {
      kind: "python-wheel",
      requirement: "ocsf-json-schema==1.2.0",
      sha256: "64d819042d20c3c04bc0d024c7c47c41006ebbe0209ce768ba6efa1240106708",
    },
  },
  {
    name: "pyarrow",
    version: "26.0.1",
    pinned: "2026-11-30",
    why: "reads the files of OCSF events in Parquet, by another implementation than the one that writes them",
    minutes: 0.3,
    source: { kind: "python-packages", requirements: "pyarrow.txt" },
  },
  {
    name: "terraform-provider-elasticstack",
    version: "0.16.2",
    pinned: PINNED,
    why: "the Elastic provider behind @pulumi/elasticstack",
    minutes: 3,
    download: githubRelease(
      "elastic/terraform-provider-elasticstack",
      "terraform-provider-elasticstack_{version}_{os}_{arch}.zip",
      "terraform-provider-elasticstack_{version}_SHA256SUMS",
      { archive: "zip", member: "terraform-provider-elasticstack_v{version}" },
    ),
    source: {
      kind: "go-program",
      module: "terraform-provider-elasticstack",
      package: "github.com/elastic/terraform-provider-elasticstack",
      ldflags: "-X main.version=0.16.2",
    },
  },
  {
    name: "pulumi-resource-terraform-provider",
    version: "1.1.3",
    pinned: PINNED,
    why: "lets Pulumi use a Terraform provider",
    minutes: 4,
    download: githubRelease(
      "pulumi/pulumi-terraform-provider",
      "pulumi-resource-terraform-provider-v{version}-{os}-{arch}.tar.gz",
      "pulumi-terraform-provider_{version}_checksums.txt",
    ),
    source: {
      kind: "go-program",
      module: "pulumi-resource-terraform-provider",
      package: "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic",
      ldflags: "-X github.com/pulumi/pulumi-terraform-bridge/v3/dynamic/version.version=v1.1.3",
    },
  },
  {
    // Of the CLI's version, so that it writes what `pulumi install` of that CLI writes. It has no release of its own.
    name: "pulumi-gen-nodejs",
    version: "3.220.0",
    pinned: PINNED,
    why: "writes sdks/elasticstack",
    minutes: 1,
    source: { kind: "go-program", module: "pulumi-gen-nodejs", package: "." },
  },
  {
    // On the loader of the CLI's version, in the same module: nearly all of it is compiled with the CLI.
    name: "pulumi-stack-file",
    version: "3.220.0",
    pinned: PINNED,
    why: "reads stack files as the CLI does, for the tests to compare with",
    minutes: 0.2,
    source: { kind: "go-program", module: "core", package: "./pulumi-stack-file" },
  },
  {
    // Any version serves: what is looked at is our page.
    name: "chromium",
    version: "159.0.8154",
    pinned: PINNED,
    why: "opens the scenarios' report",
    minutes: 1,
    path: {
      args: ["--version"],
      match: "any",
      names: ["chromium-browser", "google-chrome", "google-chrome-stable"],
    },
    source: { kind: "browser", playwright: "chromium-headless-shell", debianPackage: "chromium" },
  },
];
