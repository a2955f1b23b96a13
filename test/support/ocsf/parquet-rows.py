"""Writes what is in Parquet files to stdout, a JSON object for each file named on stdin."""

import json
import sys

import pyarrow.parquet as parquet

for name in sys.stdin.read().split("\n"):
    if not name:
        continue
    file = parquet.ParquetFile(name)
    metadata = file.metadata
    chunks = [metadata.row_group(0).column(i) for i in range(metadata.num_columns)]
    print(
        json.dumps(
            {
                "name": name,
                "columns": file.schema_arrow.names,
                "types": [str(field.type) for field in file.schema_arrow],
                "codecs": sorted({chunk.compression for chunk in chunks}),
                "rowGroups": metadata.num_row_groups,
                "rows": file.read().to_pylist(maps_as_pydicts="strict"),
            }
        )
    )
