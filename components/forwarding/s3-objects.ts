import { gzipSync } from "node:zlib";
import { type AwsPlace, AwsService } from "./aws-service";
import type { Objects } from "./ndjson-parts";

export interface S3Bucket {
  bucket: string;
  /** What the keys begin with. */
  prefix: string;
  storageClass: string;
}

/** Objects of a bucket, compressed. */
export class S3Objects implements Objects {
  private readonly service: AwsService;

  constructor(
    place: AwsPlace,
    private readonly bucket: S3Bucket,
  ) {
    this.service = new AwsService(place);
  }

  async put(name: string, content: Buffer): Promise<void> {
    const { bucket, prefix, storageClass } = this.bucket;
    // In the path: a certificate for hosts of the service does not fit a bucket with dots in its name.
    await this.service.put(`/${bucket}/${prefix}/${name}.gz`, gzipSync(content), {
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
      "x-amz-storage-class": storageClass,
    });
  }

  async close(): Promise<void> {
    await this.service.close();
  }
}
