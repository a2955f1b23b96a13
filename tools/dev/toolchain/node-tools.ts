import { IMAGES } from "../../../components/core/tables/pins";
import { PINNED } from "./content";
import { KUBERNETES, kubernetesProgram, kubernetesRelease } from "./recipes";
import type { GoProgram, Tool } from "./types";

const COREDNS = "1.12.4";
const ECK = IMAGES.elasticOperator.tag;
/** One minor version before the pinned one: an upgrade begins with it. Of 3.4.1 the Go proxy has no source. */
export const ECK_BEFORE = "3.4.0";
/** The newest of the major version before the pinned one, and the only other that Maven Central has from which 9 can be upgraded to. */
export const ELASTICSEARCH_BEFORE = "8.19.21";

/** The part of the catalog that only a real node needs (`npm start -- --real-node`, the rung `node`). */
export const nodeTools: readonly Tool[] = [
  {
    name: "kubelet",
    version: KUBERNETES,
    pinned: PINNED,
    why: "runs the pods of a real node",
    minutes: 0.8,
    path: { args: ["--version"], match: "minor" },
    download: kubernetesRelease("kubelet"),
    source: kubernetesProgram("kubelet", KUBERNETES),
  },
  {
    name: "kube-proxy",
    version: KUBERNETES,
    pinned: PINNED,
    why: "makes Services reachable on a real node",
    minutes: 0.3,
    path: { args: ["--version"], match: "minor" },
    download: kubernetesRelease("kube-proxy"),
    source: kubernetesProgram("kube-proxy", KUBERNETES),
  },
  {
    // Only for a long test, in a network of its own, as an engine of NetworkPolicies alone: test/response/quarantine.all.test.ts.
    name: "kube-router",
    version: "2.1.0",
    pinned: PINNED,
    why: "enforces NetworkPolicies on a real node, by iptables and sets of addresses",
    minutes: 2.5,
    source: {
      kind: "go-program",
      module: "kube-router",
      package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
    },
  },
  {
    // Built with only the plugins that the cluster's Corefile names: see go/coredns/main.go.
    name: "coredns",
    version: COREDNS,
    pinned: PINNED,
    why: "the names of Services on a real node; put into an image where no registry answers",
    minutes: 2,
    source: { kind: "go-program", module: "coredns", package: "." },
  },
  {
    name: "pause",
    version: "1.0.0",
    pinned: PINNED,
    why: "holds a pod's namespaces on a real node; put into an image where no registry answers",
    minutes: 0.1,
    source: { kind: "go-program", module: "pause", package: "." },
  },
  {
    name: "eck-operator",
    version: ECK,
    pinned: PINNED,
    why: "makes the Elasticsearch of a real node; put into an image where no registry answers",
    minutes: 4,
    source: eckOperator("eck-operator", ECK),
  },
  {
    // Only for a long test: test/node/upgrade.all.test.ts.
    name: "eck-operator-before",
    version: ECK_BEFORE,
    pinned: "2026-11-29",
    why: "made the Elasticsearch of a real node before an upgrade; put into an image where no registry answers",
    minutes: 4,
    source: eckOperator("eck-operator-before", ECK_BEFORE),
  },
  {
    // Only for that test too.
    name: "elasticsearch-before",
    version: ELASTICSEARCH_BEFORE,
    pinned: "2026-11-29",
    why: "the Elasticsearch of a real node before an upgrade",
    minutes: 0.5,
    source: {
      kind: "maven-zip",
      artifact: `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${ELASTICSEARCH_BEFORE}:zip`,
      sha256: "215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a",
    },
  },
  {
    name: "trivy-operator",
    version: IMAGES.trivyOperator.tag,
    pinned: "2026-11-29",
    why: "judges the workloads of a real node; put into an image where no registry answers",
    minutes: 9,
    source: {
      kind: "go-program",
      module: "trivy-operator",
      package: "github.com/aquasecurity/trivy-operator/cmd/trivy-operator",
      goExperiment: "jsonv2",
    },
  },
  {
    // Only for a long test: test/node/vulnerabilities.all.test.ts. Go-containerregistry's registry and trivy-db's own writer.
    name: "image-registry",
    version: "1.0.0",
    pinned: "2026-11-30",
    why: "serves a real node's scans an image and a database of vulnerabilities",
    minutes: 0.5,
    source: { kind: "go-program", module: "image-registry", package: "." },
  },
];

/** @param module its folder below tools/dev/toolchain/go */
function eckOperator(module: string, version: string): GoProgram {
  return {
    kind: "go-program",
    module,
    package: "github.com/elastic/cloud-on-k8s/v3/cmd",
    ldflags: [
      `-X github.com/elastic/cloud-on-k8s/v3/pkg/about.version=${version}`,
      "-X github.com/elastic/cloud-on-k8s/v3/pkg/about.buildSnapshot=false",
    ].join(" "),
  };
}
