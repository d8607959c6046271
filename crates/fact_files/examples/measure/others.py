"""The measures of `measure sql` in DuckDB, Polars and Spark: others.py FOLDER SQL_FILE (duckdb|polars|spark) (memory|files).

Prints `name<TAB>seconds<TAB>checksum`. In memory: the table or frame is there before the clock starts, best of five.
From files: one run, begun before the library is loaded; of Spark, whose cluster stands before, with the start of its session.
"""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

started = time.perf_counter()
folder, sql_file, engine, place = sys.argv[1:]
events, spans = f"{folder}/event/*/*.parquet", f"{folder}/span/*.parquet"
sql = open(sql_file, encoding="utf-8").read()
RUNS = 5


def weight(name):
    return sum(name.encode()) % 89 + 1


def checksum(rows):
    """Of (organisation, measure, month, value); as the engine makes it, in 64 bits."""
    total = sum(value * (organisation % 97 + 1) * weight(measure) * month for organisation, measure, month, value in rows)
    return (total + 2**63) % 2**64 - 2**63


def best(run):
    shortest, last = float("inf"), None
    for _ in range(RUNS):
        begun = time.perf_counter()
        last = run()
        shortest = min(shortest, time.perf_counter() - begun)
    return shortest, last


def duckdb_run():
    import duckdb

    connection = duckdb.connect()
    kind = "table" if place == "memory" else "view"
    connection.execute(f"create {kind} event as select * from read_parquet('{events}', hive_partitioning = false)")
    connection.execute(f"create {kind} span as select * from read_parquet('{spans}')")
    run = lambda: connection.execute(f"create or replace temp table counted as {sql}")
    if place == "memory":
        seconds, _ = best(run)
    else:
        run()
        seconds = time.perf_counter() - started
    rows = connection.execute("select organisation_id, measure, cast(substr(period, 6) as integer), value from counted").fetchall()
    return seconds, checksum(rows)


def feeds():
    """The lines of the SQL text that say which measure takes which kind."""
    for name, kind, adds, must, must_not, _ in re.findall(r"\('([^']+)', '([^']+)', '(\w+)', (\d+), (\d+), (\d)\)", sql):
        yield name, kind, adds, int(must), int(must_not)


def polars_run():
    import datetime

    import polars as pl

    event_columns = ["organisation_id", "day", "kind", "quantity", "flags"]
    span_columns = ["organisation_id", "kind", "from_on", "until_on"]
    event, span = pl.scan_parquet(events).select(event_columns), pl.scan_parquet(spans).select(span_columns)
    if place == "memory":
        event, span = event.collect().lazy(), span.collect().lazy()
    all_feeds = list(feeds())
    year = int(re.search(r"when day < '(\d{4})", sql).group(1))

    def counted():
        of_events = [feed for feed in all_feeds if feed[2] in ("one", "quantity")]
        feed = pl.LazyFrame(of_events, schema=["measure", "kind", "adds", "must", "must_not"], orient="row")
        events_of_year = event.filter(pl.col("day").is_between(datetime.date(year, 1, 1), datetime.date(year, 12, 31)))
        # First by kind and flags, which are few: the join then meets no row twice.
        small = events_of_year.group_by("organisation_id", "kind", "flags", pl.col("day").dt.month().alias("month")).agg(
            pl.len().cast(pl.Int64).alias("n"), pl.col("quantity").sum().alias("q")
        )
        by_event = (
            small.join(feed, on="kind")
            .filter(((pl.col("flags") & pl.col("must")) == pl.col("must")) & ((pl.col("flags") & pl.col("must_not")) == 0))
            .group_by("organisation_id", "measure", "month")
            .agg(pl.when(pl.col("adds") == "quantity").then(pl.col("q")).otherwise(pl.col("n")).sum().alias("value"))
        )
        of_spans = [feed for feed in all_feeds if feed[2] in ("first_day", "last_day")]
        feed = pl.LazyFrame([f[:3] for f in of_spans], schema=["measure", "kind", "adds"], orient="row")
        sums = []
        for month in range(1, 13):
            first = datetime.date(year, month, 1)
            last = (datetime.date(year + month // 12, month % 12 + 1, 1)) - datetime.timedelta(days=1)
            day = pl.when(pl.col("adds") == "first_day").then(pl.lit(first)).otherwise(pl.lit(last))
            holds = (pl.col("from_on") <= day) & (pl.col("until_on").is_null() | (pl.col("until_on") > day))
            sums.append(holds.cast(pl.Int64).sum().alias(str(month)))
        by_span = (
            span.join(feed, on="kind")
            .group_by("organisation_id", "measure")
            .agg(sums)
            .unpivot(index=["organisation_id", "measure"], variable_name="month", value_name="value")
            .with_columns(pl.col("month").cast(pl.Int8))
        )
        both = pl.concat([by_event.select("organisation_id", "measure", "month", "value"), by_span.select("organisation_id", "measure", "month", "value")])
        return both.filter(pl.col("value") != 0).collect()

    if place == "memory":
        seconds, frame = best(counted)
    else:
        frame = counted()
        seconds = time.perf_counter() - started
    return seconds, checksum(frame.iter_rows())


@contextlib.contextmanager
def spark_cluster():
    """A master and two workers with one core each on the loopback: their address."""
    import pyspark

    home = os.path.dirname(pyspark.__file__)
    own = os.environ | {"SPARK_HOME": home, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as work:

        def start(what, *words):
            command = [f"{home}/bin/spark-class", f"org.apache.spark.deploy.{what}", "--host", "127.0.0.1", "--webui-port", "0", *words]
            return subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        programs = [start("master.Master", "--port", str(port))]
        try:
            for _ in range(600):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            programs += [start("worker.Worker", "--cores", "1", "--memory", "3g", "--work-dir", work, master) for _ in range(2)]
            # Until both have told the master of themselves.
            time.sleep(10)
            yield master
        finally:
            for program in reversed(programs):
                program.kill()
                program.wait()


def spark_run():
    """In a cluster that stands, from the files; what it counts it writes, as DuckDB makes a table of it."""
    import polars as pl
    from pyspark.sql import SparkSession

    with spark_cluster() as master, tempfile.TemporaryDirectory() as counted:
        begun = time.perf_counter()
        builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.driver.host", "127.0.0.1")
        spark = builder.config("spark.executor.memory", "2g").config("spark.sql.shuffle.partitions", "8").getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        spark.read.option("recursiveFileLookup", "true").parquet(f"{folder}/event").createOrReplaceTempView("event")
        spark.read.parquet(f"{folder}/span").createOrReplaceTempView("span")
        print(f"# the session stands after {time.perf_counter() - begun:.1f} s")
        spark.sql(sql).write.mode("overwrite").parquet(counted)
        seconds = time.perf_counter() - begun
        spark.stop()
        month = pl.col("period").str.slice(5).cast(pl.Int64)
        frame = pl.read_parquet(f"{counted}/*.parquet").select("organisation_id", "measure", month, "value")
        return seconds, checksum(frame.iter_rows())


seconds, total = {"duckdb": duckdb_run, "polars": polars_run, "spark": spark_run}[engine]()
print(engine, f"{seconds:.6f}", total, sep="\t")
if engine != "spark":
    print(f"# peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
