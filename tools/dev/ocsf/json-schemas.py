"""Writes the JSON Schemas of some OCSF classes, and of all objects, with some profiles, to stdout.

Arguments: the version, the numbers of the classes and the profiles, each list as JSON.
"""

import json
import sys

from ocsf_json_schema import OcsfJsonSchema, get_ocsf_schema

version, classes, profiles = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
source = get_ocsf_schema(version)
schema = OcsfJsonSchema(source)
names = {entry["uid"]: name for name, entry in source["classes"].items()}
print(
    json.dumps(
        {
            "classes": {str(uid): schema.get_class_schema(names[uid], profiles) for uid in classes},
            "captions": {
                str(uid): {
                    "name": source["classes"][names[uid]]["caption"],
                    "category": source["classes"][names[uid]].get("category_name"),
                    "activities": {
                        number: value["caption"]
                        for number, value in source["classes"][names[uid]]["attributes"]["activity_id"]["enum"].items()
                    },
                }
                for uid in classes
            },
            "objects": [schema.get_object_schema(name, profiles) for name in source["objects"]],
        }
    )
)
