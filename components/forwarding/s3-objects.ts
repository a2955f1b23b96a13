import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type AwsPlace, AwsService } from "./aws-service";
import type { Objects } from "./ndjson-parts";

export interface S3Bucket {
  bucket: string;
  /** What the keys begin with. */
  prefix: string;
  storageClass: string;
}

/** What objects are: whether they are to be compressed here, or are within. */
export interface S3Content {
  type: string;
  isCompressed: boolean;
}

const NDJSON: S3Content = { type: "application/x-ndjson", isCompressed: false };
/** Its type is the one that is registered for it (IANA, media types). */
export const PARQUET: S3Content = { type: "application/vnd.apache.parquet", isCompressed: true };

/** Objects of a bucket, compressed. */
export class S3Objects implements Objects {
  private readonly service: AwsService;

  constructor(
    place: AwsPlace,
    private readonly bucket: S3Bucket,
    private readonly content: S3Content = NDJSON,
  ) {
    this.service = new AwsService(place);
  }

  async put(name: string, content: Buffer): Promise<void> {
    const { bucket, prefix, storageClass } = this.bucket;
    // In the path: a certificate for hosts of the service does not fit a bucket with dots in its name.
    const { type, isCompressed } = this.content;
    const packed = isCompressed ? content : gzipSync(content);
    const key = `${prefix}/${name}${isCompressed ? "" : ".gz"}`.split("/").map(encodeURIComponent).join("/");
    await this.service.put(`/${bucket}/${key}`, packed, {
      "content-type": type,
      ...(isCompressed ? {} : { "content-encoding": "gzip" }),
      "x-amz-storage-class": storageClass,
      // A bucket whose objects are locked takes none without (S3 user guide, "Object Lock considerations").
      "x-amz-checksum-sha256": createHash("sha256").update(packed).digest("base64"),
    });
  }

  async close(): Promise<void> {
    await this.service.close();
  }
}
