"""Runs SQL texts over an exported folder in Spark: FOLDER MASTER, the texts on standard input with "-- next" between them.

Prints a line of tab-separated fields per row, and "-- end" after each text.
"""

import os
import sys

try:
    from pyspark.sql import SparkSession
except ImportError as error:
    sys.exit(f"{sys.executable} has no pyspark ({error})")

folder, master = sys.argv[1:]
builder = SparkSession.builder.master(master).appName("jishi")
for key, value in {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # The answers are small; a city needs no more.
    "spark.sql.shuffle.partitions": os.environ.get("JISHI_SPARK_PARTITIONS", "8"),
    "spark.driver.host": os.environ.get("SPARK_LOCAL_IP", "127.0.0.1"),
}.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.read.option("recursiveFileLookup", "true").parquet(f"{folder}/event").createOrReplaceTempView("event")
spark.read.parquet(f"{folder}/span").createOrReplaceTempView("span")
for text in sys.stdin.read().split("\n-- next\n"):
    for row in spark.sql(text).toLocalIterator():
        print(*row, sep="\t")
    print("-- end")
spark.stop()
