import { HttpClient, type Target } from "../../node-program/http-client";
import type { PostableAlert } from "./alert-message";

const TIMEOUT_MS = 15_000;
/** Alerts of one request. */
const CHUNK = 500;

/** Posts alerts to Alertmanager. */
export class AlertmanagerClient {
  private readonly client: HttpClient;

  constructor(target: Target) {
    this.client = new HttpClient(target, { timeoutMs: TIMEOUT_MS, connections: 1 });
  }

  /**
   * Posts all of them; one that Alertmanager has it takes as the same.
   * @throws Error where it does not take them
   */
  async post(alerts: readonly PostableAlert[]): Promise<void> {
    for (let start = 0; start < alerts.length; start += CHUNK) {
      const { status, body } = await this.client.request({
        method: "POST",
        path: "/api/v2/alerts",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts.slice(start, start + CHUNK)),
      });
      if (status !== 200) throw new Error(`Alertmanager: status ${status}: ${body.slice(0, 200)}`);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
