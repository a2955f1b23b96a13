import { IMAGES } from "../../../components/core/tables/pins";
import { PINNED } from "./content";
import { KUBERNETES, kubernetesProgram, kubernetesRelease } from "./recipes";
import type { Tool } from "./types";

const COREDNS = "1.12.4";
const ECK = IMAGES.elasticOperator.tag;

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
    source: {
      kind: "go-program",
      module: "eck-operator",
      package: "github.com/elastic/cloud-on-k8s/v3/cmd",
      ldflags: [
        `-X github.com/elastic/cloud-on-k8s/v3/pkg/about.version=${ECK}`,
        "-X github.com/elastic/cloud-on-k8s/v3/pkg/about.buildSnapshot=false",
      ].join(" "),
    },
  },
];
