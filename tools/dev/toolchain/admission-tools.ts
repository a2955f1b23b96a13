import { CHARTS, IMAGES, SIGNATURE_ENGINES } from "../../../components/core/tables/pins";
import { chartOf, githubRelease } from "./recipes";
import type { Tool } from "./types";

const PINNED = "2026-11-29";
const VERSION = CHARTS.gatekeeper.version;
const MODULE = "github.com/open-policy-agent/gatekeeper/v3";
const LDFLAGS = `-X ${MODULE}/pkg/version.Version=${IMAGES.gatekeeper.tag}`;

/** The part of the catalog that is about Gatekeeper: its chart, and what the rung `mesh` runs. */
export const admissionTools: readonly Tool[] = [
  {
    name: "chart-gatekeeper",
    version: VERSION,
    pinned: PINNED,
    why: "the Gatekeeper chart",
    minutes: 0.2,
    source: chartOf(
      MODULE,
      `v${VERSION}`,
      "charts/gatekeeper",
      "h1:njHTm0SJ6ZEhhEgmQTpJKTGQbc99fSs4hGiEp1OIKck=",
    ),
  },
  {
    name: "manifests-kyverno",
    version: SIGNATURE_ENGINES.kyverno,
    pinned: "2026-11-30",
    why: "Kyverno's kinds, of which the stack has objects about images' signatures",
    minutes: 0.2,
    source: chartOf(
      "github.com/kyverno/kyverno",
      `v${SIGNATURE_ENGINES.kyverno}`,
      "config/crds/policies.kyverno.io",
      "h1:/MkgFii3/VlQfKR1JpC9tVwNNVNQTt2S4U6qCsafsTU=",
    ),
  },
  {
    name: "manifests-policy-controller",
    version: SIGNATURE_ENGINES.policyController,
    pinned: "2026-11-30",
    why: "the kinds of Sigstore's policy-controller, of which the stack has objects about images' signatures",
    minutes: 0.2,
    source: chartOf(
      "github.com/sigstore/policy-controller",
      `v${SIGNATURE_ENGINES.policyController}`,
      "config",
      "h1:Woy+6bQ7pT/0m3/PSO2RtDxSHKBZ/8iHpCZFcZJThM8=",
    ),
  },
  {
    // Gatekeeper's manager, of which there is no release but an image.
    name: "gatekeeper",
    version: VERSION,
    pinned: PINNED,
    why: "judges and audits objects of a real API server",
    minutes: 6,
    source: { kind: "go-program", module: "gatekeeper", package: MODULE, ldflags: LDFLAGS },
  },
  {
    name: "gator",
    version: VERSION,
    pinned: PINNED,
    why: "judges manifests by Gatekeeper's templates, without a cluster",
    minutes: 0.5,
    path: { args: ["--version"], match: "patch" },
    download: githubRelease(
      "open-policy-agent/gatekeeper",
      "gator-v{version}-{os}-{arch}.tar.gz",
      "sha256sums.txt",
      { member: "gator" },
    ),
    source: { kind: "go-program", module: "gatekeeper", package: `${MODULE}/cmd/gator`, ldflags: LDFLAGS },
  },
];
