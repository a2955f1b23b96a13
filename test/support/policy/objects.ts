import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { plan } from "../../../components/core/plan/plan";
import { FEATURES } from "../../../components/registry";
import { settingsOf } from "../stack/config";
import { GoodObjects } from "./bad-stacks";
import { GOOD_CONFIG } from "./good-stack";
import { PolicyPreviews, type Preview, type PreviewOptions } from "./pack-preview";
import { OBJECTS_FILE, type Registered, type RegisteredObject } from "./program/program";

const PROGRAM = path.join(__dirname, "program");

/** The objects of the good stack but those of charts, from its plan. */
export function goodObjects(): GoodObjects {
  const planned = plan(settingsOf(stringify(GOOD_CONFIG), FEATURES));
  return new GoodObjects([...planned.platform, ...planned.features.flatMap((f) => f.contribution.manifests)]);
}

/** Previews of objects that are given as data, by the program of the folder `program`. */
export class ObjectPreviews {
  private readonly previews: PolicyPreviews;
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "security-stack-objects-"));

  constructor(name: string) {
    this.previews = new PolicyPreviews(name);
  }

  preview(objects: readonly RegisteredObject[], options: Partial<PreviewOptions> = {}): Promise<Preview> {
    return this.previewOf({ objects, charts: [] }, options);
  }

  previewOf(registered: Registered, options: Partial<PreviewOptions> = {}): Promise<Preview> {
    return this.previews.preview(this.optionsFor(registered, options));
  }

  up(objects: readonly RegisteredObject[], options: Partial<PreviewOptions> = {}) {
    const args = ["--yes", "--skip-preview"];
    return this.previews.run("up", args, this.optionsFor({ objects, charts: [] }, options));
  }

  private optionsFor(registered: Registered, options: Partial<PreviewOptions>): PreviewOptions {
    const file = path.join(this.folder, "objects.json");
    fs.writeFileSync(file, JSON.stringify(registered));
    return { config: {}, directory: PROGRAM, ...options, env: { [OBJECTS_FILE]: file, ...options.env } };
  }

  /** Files that an update has written. */
  rendered(): string[] {
    return this.previews.rendered();
  }

  remove(): void {
    this.previews.remove();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Objects of one group, which tells copies apart. */
export function grouped(
  group: string,
  manifests: readonly RegisteredObject["manifest"][],
): RegisteredObject[] {
  return manifests.map((manifest) => ({ group, manifest }));
}
