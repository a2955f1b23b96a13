import type { Sink } from "../../core/contract/sink";
import { cloudwatch } from "./cloudwatch-sink";
import { otlp } from "./otlp-sink";
import { s3 } from "./s3-sink";

/** Every sink beside Elasticsearch: adding one is its files and one line here. In the order of the stack config's keys. */
export const SINKS: readonly Sink[] = [otlp, cloudwatch, s3];
