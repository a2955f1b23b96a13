import * as fs from "node:fs";
import * as path from "node:path";
import { CHARTS, IMAGES, SCENARIO_IMAGES } from "../../../components/core/tables/pins";
import { codeOf, filesBelow } from "./source-files";

const PINS = "components/core/tables/pins.ts";

/** Every version that is pinned, without a leading v and without what follows a dash. */
function pinnedVersions(): string[] {
  const tags = Object.values({ ...IMAGES, ...SCENARIO_IMAGES }).map(({ tag }) => tag);
  const charts = Object.values(CHARTS).map(({ version }) => version);
  const versions = [...tags, ...charts].map((version) => version.replace(/^v/, "").split("-")[0]!);
  return [...new Set(versions)].filter((version) => version.split(".").length === 3);
}

/**
 * Pinned versions that are in code a second time, a line each: an upgrade would miss them. Comments may name a
 * version as the source of a fact.
 * @param root Of the checkout.
 */
export function versionProblems(root: string): string[] {
  const files = ["components", "policy-pack", "scenarios", "tools"]
    .flatMap((folder) => filesBelow(root, folder))
    .filter((file) => /\.(ts|js)$/.test(file) && file !== PINS);
  const code = files.map((file) => [file, codeOf(root, file)] as const);
  const workflows = filesBelow(root, ".github").map(
    (file) => [file, fs.readFileSync(path.join(root, file), "utf8")] as const,
  );
  return [...code, ...workflows].flatMap(([file, text]) =>
    pinnedVersions()
      .filter((version) => new RegExp(`(?<![\\d.])${version.replaceAll(".", "\\.")}(?![\\d.])`).test(text))
      .map((version) => `${file} has the version ${version} of ${PINS}`),
  );
}
