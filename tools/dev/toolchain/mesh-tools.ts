import { CHARTS, GATEWAY_API_VERSION } from "../../../components/core/tables/pins";
import { chartOf } from "./recipes";
import type { Tool, ToolName } from "./types";

const PINNED = "2026-11-29";
const VERSION = CHARTS.istiod.version;
const MODULE = "istio.io/istio";

/**
 * Of the branch of 1.31, the newest that is served as a module: no release is tagged as one. What is built and rendered here is
 * this, whatever release of that branch the stack deploys.
 */
export const ISTIO_MODULE_VERSION = "v0.0.0-20260827124520-eed52ebb66ad";
const SUM = "h1:ui9TJjRMAV/hb5ehQaZDq7IUGxuQP6dra9lapT/VjHI=";

/** The part of the catalog that is about the mesh: Istio's charts, Gateway API's kinds, and the istiod of the rung `mesh`. */
export const meshTools: readonly Tool[] = [
  chart("chart-base", "base"),
  chart("chart-istiod", "istio-control/istio-discovery"),
  chart("chart-cni", "istio-cni"),
  chart("chart-ztunnel", "ztunnel"),
  {
    // Those of 1.31.4 byte for byte: istio.io/api has them too, kubernetes/customresourcedefinitions.gen.yaml.
    name: "manifests-istio",
    version: VERSION,
    pinned: PINNED,
    why: "Istio's kinds, about whose objects there are admission rules",
    minutes: 0.2,
    source: chartOf(MODULE, ISTIO_MODULE_VERSION, "manifests/charts/base/files", SUM),
  },
  {
    name: "manifests-gateway-api",
    version: GATEWAY_API_VERSION,
    pinned: PINNED,
    why: "the kinds of Gateway API, of which the stack has those that waypoints need",
    minutes: 0.2,
    source: chartOf(
      "sigs.k8s.io/gateway-api",
      `v${GATEWAY_API_VERSION}`,
      "config/crd/standard",
      "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
    ),
  },
  {
    // There is no release of it but an image.
    name: "istiod",
    version: VERSION,
    pinned: PINNED,
    why: "judges and configures Istio's objects of a real API server",
    minutes: 8,
    source: {
      kind: "go-program",
      module: "istiod",
      package: `${MODULE}/pilot/cmd/pilot-discovery`,
      ldflags: `-X ${MODULE}/pkg/version.buildVersion=${VERSION}`,
    },
  },
];

function chart(name: ToolName, folder: string): Tool {
  return {
    name,
    version: VERSION,
    pinned: PINNED,
    why: "a chart of Istio",
    minutes: 0.2,
    source: chartOf(MODULE, ISTIO_MODULE_VERSION, `manifests/charts/${folder}`, SUM),
  };
}
