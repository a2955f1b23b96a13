import { isDeepStrictEqual } from "node:util";
import { DashboardsApi, type KibanaAccess } from "./dashboards-api";
import { isObject, type Json, withDrift } from "./drift";

export type Properties = { [name: string]: Json };

/** A dashboard as the engine's state has it. */
interface DashboardState {
  dashboardId: string;
  /** What the program asks for; after a refresh, with what somebody else has changed. */
  body: Json;
  /** What Kibana answered when it was asked last: see {@link withDrift}. */
  seen: Json | undefined;
}

/** What the engine asks of a provider (pulumi/pulumi, proto/pulumi/provider.proto), for its one resource: a dashboard. */
export class DashboardProvider {
  private api: DashboardsApi | undefined;

  configure(access: KibanaAccess): void {
    this.api = new DashboardsApi(access);
  }

  /** The properties that differ, and those of them that take another dashboard. */
  diff(before: Properties, wanted: Properties): { changed: string[]; replaces: string[] } {
    const changed = ["dashboardId", "body"].filter((name) => !isDeepStrictEqual(before[name], wanted[name]));
    return { changed, replaces: changed.filter((name) => name === "dashboardId") };
  }

  /** Makes a dashboard, and replaces one that is there: its id is the stack's. */
  async write(wanted: Properties): Promise<Properties> {
    const { dashboardId, body } = stateOf(wanted);
    return { dashboardId, body, seen: await this.kibana().put(dashboardId, body) };
  }

  /** What is there of it now; undefined where it is gone. */
  async read(known: Properties): Promise<Properties | undefined> {
    const found = await this.kibana().get(idOf(known));
    if (found === undefined) return undefined;
    // The Elastic provider's, which an update with a refresh asks for before it is taken over.
    if (known["body"] === undefined) return known;
    const { dashboardId, body, seen } = stateOf(known);
    return { dashboardId, body: withDrift(body, seen, found), seen: found };
  }

  async delete(known: Properties): Promise<void> {
    await this.kibana().delete(idOf(known));
  }

  private kibana(): DashboardsApi {
    if (!this.api) throw new Error("the engine asks of dashboards before it says where Kibana is");
    return this.api;
  }
}

function stateOf(properties: Properties): DashboardState {
  const { body, seen } = properties;
  if (!isObject(body)) throw new Error("a dashboard without a body");
  return { dashboardId: idOf(properties), body, seen };
}

function idOf({ dashboardId }: Properties): string {
  if (typeof dashboardId !== "string") throw new Error("a dashboard without an id");
  return dashboardId;
}
