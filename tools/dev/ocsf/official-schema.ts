import * as path from "node:path";
import Ajv2020, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import { OCSF_CLASSES, OCSF_PROFILES, OCSF_VERSION } from "../../../components/documents/ocsf/classes";
import { runCommand } from "../toolchain/command";
import { ensureTools } from "../toolchain/ensure";

const SCRIPT = path.join(__dirname, "json-schemas.py");

export interface JsonSchema {
  $id?: string;
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
  anyOf?: { required: string[] }[];
  oneOf?: { required: string[] }[];
}

/** The official JSON Schemas of the classes that events are made of, with the profiles of every event. */
export interface OfficialSchemas {
  /** By class, as `class_uid` in text. */
  classes: Record<string, JsonSchema>;
  /** What the schema calls them. */
  captions: Record<string, { name: string; category: string | null; activities: Record<string, string> }>;
  objects: JsonSchema[];
}

/** Makes them of the schema's source with Python. @throws Error where Python can't */
export async function officialSchemas(): Promise<OfficialSchemas> {
  const { "ocsf-schema": folder } = await ensureTools(["ocsf-schema"]);
  const uids = Object.values(OCSF_CLASSES).map(({ uid }) => uid);
  const result = await runCommand(
    "python3",
    [SCRIPT, OCSF_VERSION, JSON.stringify(uids), JSON.stringify(OCSF_PROFILES)],
    { env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" } },
  );
  if (result.code !== 0)
    throw new Error(`Python could not write the schemas of OCSF: ${result.stderr.trim().split("\n").at(-1)}`);
  return JSON.parse(result.stdout) as OfficialSchemas;
}

/** Validates events; each class is compiled when its first event comes. */
export class OcsfValidator {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: false });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly schemas: OfficialSchemas) {
    for (const schema of schemas.objects) this.ajv.addSchema(schema);
  }

  /** What is wrong with an event, in words; undefined where nothing is. */
  problem(event: Readonly<Record<string, unknown>>): string | undefined {
    const uid = String(event["class_uid"]);
    const schema = this.schemas.classes[uid];
    if (!schema) return `class_uid ${uid} is not one of those that are emitted`;
    const validate = this.validators.get(uid) ?? this.ajv.compile(schema);
    this.validators.set(uid, validate);
    return validate(event) ? undefined : words(validate.errors ?? []);
  }
}

function words(errors: readonly ErrorObject[]): string {
  return errors
    .map(({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`)
    .join("; ");
}
