import type { ClusterClient } from "../../node-program/cluster-client";
import { AUDITED, PHASE, REASON, RECORD_LABEL, RECORD_PREFIX, SINCE, STOP } from "../marks";
import {
  type ActionFacts,
  type ActionRecord,
  type Phase,
  type RecordObject,
  readRecord,
  recordObject,
} from "./record";

/** All actions that are kept, and whether a person stopped everything. */
export interface Ledger {
  records: ActionRecord[];
  stopped: boolean;
}

/** The actions, in the cluster: what a responder that was killed had decided, the next one reads there. */
export class RecordStore {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly namespace: string,
  ) {}

  async read(): Promise<Ledger> {
    const selector = encodeURIComponent(RECORD_LABEL);
    const [objects, stop] = await Promise.all([
      this.cluster.list<RecordObject>(`${this.path()}?labelSelector=${selector}`),
      this.cluster.get(this.path(STOP)),
    ]);
    return {
      records: objects.flatMap((object) => readRecord(object) ?? []),
      stopped: stop !== undefined,
    };
  }

  /** @returns false where it is there already */
  async add(facts: ActionFacts, phase: Phase, now: number): Promise<boolean> {
    return this.cluster.create(this.path(), recordObject(facts, this.namespace, phase, now));
  }

  /** @returns the record as it is now */
  async move(record: ActionRecord, phase: Phase, reason: string, now: number): Promise<ActionRecord> {
    const since = new Date(now).toISOString();
    await this.annotate(record, { [PHASE]: phase, [REASON]: reason, [SINCE]: since });
    return { ...record, phase, reason, since };
  }

  async noteAudited(record: ActionRecord): Promise<void> {
    await this.annotate(record, { [AUDITED]: record.phase });
  }

  async remove({ id }: ActionRecord): Promise<void> {
    await this.cluster.remove(this.path(`${RECORD_PREFIX}${id}`));
  }

  private async annotate({ id }: ActionRecord, annotations: Record<string, string>): Promise<void> {
    await this.cluster.patch(this.path(`${RECORD_PREFIX}${id}`), { metadata: { annotations } });
  }

  private path(name?: string): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps${name === undefined ? "" : `/${name}`}`;
  }
}
