import { IMAGES } from "../../../components/core/tables/pins";
import { chartOf, githubRelease } from "./recipes";
import type { ModuleFile, Tool } from "./types";

const VERSION = IMAGES.alertmanager.tag.replace(/^v/, "");
const MODULE = "github.com/prometheus/alertmanager";
const OWN = "security-stack/toolchain/alertmanager";
const LDFLAGS = `-X github.com/prometheus/common/version.Version=${VERSION}`;

/** Files of Alertmanager's package `app`, but for its tests. */
const APP = ["app", "cluster", "lifecycle", "listen", "metrics", "options", "reloader", "url"];

/** A file of the module, with imports of what stands in for its package of pages. */
function ownFile(from: string, to: string, replace?: Record<string, string>): ModuleFile {
  return { module: MODULE, from, to, ...(replace ? { replace } : {}) };
}

function release(name: string) {
  return githubRelease(
    "prometheus/alertmanager",
    "alertmanager-{version}.{os}-{arch}.tar.gz",
    "sha256sums.txt",
    {
      member: `alertmanager-{version}.{os}-{arch}/${name}`,
    },
  );
}

/** The part of the catalog that only the rung `response` needs. */
export const notificationTools: readonly Tool[] = [
  {
    // Its module lacks the pages that its releases have built from Elm: see go/alertmanager/ui.
    name: "alertmanager",
    version: VERSION,
    pinned: "2026-11-29",
    why: "sends notifications, of the version that is deployed",
    minutes: 1.5,
    path: { args: ["--version"], match: "patch" },
    download: release("alertmanager"),
    source: {
      kind: "go-program",
      module: "alertmanager",
      package: ".",
      ldflags: LDFLAGS,
      embed: [
        ownFile("cmd/alertmanager/main.go", "main.go", { [`"${MODULE}/app"`]: `"${OWN}/app"` }),
        ...APP.map((name) =>
          ownFile(
            `app/${name}.go`,
            `app/${name}.go`,
            name === "app" ? { [`"${MODULE}/ui"`]: `"${OWN}/ui"` } : undefined,
          ),
        ),
      ],
    },
  },
  {
    name: "amtool",
    version: VERSION,
    pinned: "2026-11-29",
    why: "checks Alertmanager's configuration and tells which route an alert takes",
    minutes: 0.1,
    path: { args: ["--version"], match: "patch" },
    download: release("amtool"),
    source: { kind: "go-program", module: "alertmanager", package: `${MODULE}/cmd/amtool`, ldflags: LDFLAGS },
  },
  {
    // NIST's own JSON Schemas of OSCAL, as a Go module of others has them.
    name: "oscal-schemas",
    version: "0.7.0",
    pinned: "2026-11-29",
    why: "the schema that the compliance document is checked with",
    minutes: 0.1,
    source: chartOf(
      "github.com/defenseunicorns/go-oscal",
      "v0.7.0",
      "src/internal/schemas",
      "h1:Ji9Yw3zEkbUfKZ8Gotoi9ExjUV/h3jmFLJBCYWkDN3E=",
    ),
  },
  {
    // Only for a long test: see test/response/trestle.all.test.ts.
    name: "compliance-trestle",
    version: "5.2.0",
    pinned: "2026-11-29",
    why: "takes the compliance document as a tool for OSCAL does",
    minutes: 0.3,
    source: { kind: "python-packages", requirements: "compliance-trestle.txt" },
  },
];
