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
    const { dashboardId, body, seen } = stateOf(known);
    const found = await this.kibana().get(dashboardId);
    return found === undefined ? undefined : { dashboardId, body: withDrift(body, seen, found), seen: found };
  }

  async delete(known: Properties): Promise<void> {
    await this.kibana().delete(stateOf(known).dashboardId);
  }

  private kibana(): DashboardsApi {
    if (!this.api) throw new Error("the engine asks of dashboards before it says where Kibana is");
    return this.api;
  }
}

function stateOf({ dashboardId, body, seen }: Properties): DashboardState {
  if (typeof dashboardId !== "string" || !isObject(body))
    throw new Error("a dashboard without an id or without a body");
  return { dashboardId, body, seen };
}
