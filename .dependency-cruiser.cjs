// Floors of the repository: imports go down only. `npm run test:static` runs it; CONTRIBUTING.md explains the folders.
const { readdirSync } = require("node:fs");
const path = require("node:path");

const FLOORS = ["core", "documents", "forwarding", "kubernetes", "node-program", "stack"];
const FEATURES = readdirSync(path.join(__dirname, "components"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !FLOORS.includes(entry.name))
  .map(({ name }) => name)
  .join("|");

/** A rule that files of one place import nothing of ours but what is named. */
const only = (name, from, allowed) => ({
  name,
  severity: "error",
  comment: `${name}: imports go down only`,
  from: { path: from },
  to: { path: "^(components|scenarios|policy-pack|tools|test)/", pathNot: allowed },
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    only("documents-is-the-ground-floor", "^components/documents/", "^components/documents/"),
    only("kubernetes-is-the-ground-floor", "^components/kubernetes/", "^components/(kubernetes|documents)/"),
    only("core-imports-no-feature", "^components/core/", "^components/(core|kubernetes|documents)/"),
    only(
      "node-program-is-below-the-features",
      "^components/node-program/",
      "^components/(node-program|core|kubernetes|documents)/",
    ),
    only(
      "forwarding-is-below-the-features",
      "^components/forwarding/",
      "^components/(forwarding|node-program|core|kubernetes|documents)/",
    ),
    {
      name: "a-feature-imports-no-other",
      severity: "error",
      from: { path: `^components/(${FEATURES})/` },
      to: {
        path: "^(components|scenarios|policy-pack|tools|test)/",
        pathNot: "^components/($1|core|kubernetes|documents|node-program|forwarding)/",
      },
    },
    {
      name: "sinks-are-named-in-their-list",
      severity: "error",
      from: { path: "^(components|scenarios|policy-pack|tools)/", pathNot: "^components/pipeline/sinks/" },
      to: { path: "^components/pipeline/sinks/", pathNot: "/all-sinks\\.ts$" },
    },
    only(
      "stack-imports-no-feature",
      "^components/stack/",
      "^components/(stack|core|kubernetes|documents|node-program)/",
    ),
    only(
      "scenarios-are-below-the-tools",
      "^scenarios/",
      "^(scenarios/|components/(core|kubernetes|documents|node-program)/)",
    ),
    only(
      "the-registry-is-the-top-floor",
      "^components/registry\\.ts$",
      `^(components/(${FEATURES})/|components/core/|scenarios/feature/)`,
    ),
    only("the-policy-pack-shares-tables", "^policy-pack/", "^(policy-pack/|components/(core|kubernetes)/)"),
    only("dev-tools-are-below-commands", "^tools/dev/", "^(tools/dev/|components/|scenarios/|policy-pack/)"),
    only("rigs-are-below-commands", "^test/rigs/", "^(test/rigs/|tools/dev/|components/|scenarios/)"),
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/", pathNot: "^test/rigs/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)node_modules/|^sdks/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    combinedDependencies: true,
  },
};
